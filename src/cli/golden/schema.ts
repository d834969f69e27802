import { z } from 'zod'

/** A number, or null for NaN. */
const value = z.number().nullable()
const spectrum = z.array(value)

/** One case: what goes in, what must come out, how near. Further keys are further inputs, or outputs for information. */
export const goldenCaseSchema = z.looseObject({
  name: z.string(),
  kind: z.enum(['value', 'degenerate', 'error']),
  params: z.record(z.string(), z.unknown()),
  rtol: z.number().min(0),
  atol: z.number().min(0),
  input: z.union([spectrum, z.array(spectrum)]),
  output: z.union([spectrum, z.array(spectrum), z.record(z.string(), z.unknown())]),
})
export type GoldenCase = z.output<typeof goldenCaseSchema>

/** One file of golden vectors: one algorithm and its cases. */
export const goldenFileSchema = z.strictObject({
  algo: z.string(),
  formula: z.string(),
  nan: z.string(),
  cases: z.array(goldenCaseSchema),
})
export type GoldenFile = z.output<typeof goldenFileSchema>

/** A list of numbers in which null is NaN. @throws ZodError */
export const numberList = (list: unknown): Float64Array => Float64Array.from(spectrum.parse(list), (number) => number ?? Number.NaN)

/** A list of such lists; a single one counts as a list of one. @throws ZodError */
export const numberRows = (rows: unknown): readonly Float64Array[] =>
  Array.isArray(rows) && Array.isArray(rows[0]) ? z.array(spectrum).parse(rows).map(numberList) : [numberList(rows)]
