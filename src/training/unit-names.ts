/** Units by the end of a column's name. */
const units: readonly (readonly [RegExp, string])[] = [
  [/_pct(_w_w)?$/, '%'],
  [/_mg$/, 'mg'],
  [/_ppm$/, 'ppm'],
  [/_c$/, '°C'],
]

/** The unit that the name of a column says its numbers have; null where it says none. */
export const unitByName = (column: string): string | null => units.find(([end]) => end.test(column))?.[1] ?? null
