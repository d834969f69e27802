import type { Confidence, Description, Integrity } from '../instruments/contract.js'
import type { LinkKind } from '../links/contract.js'

/** A family as a user chooses it. */
export interface FamilyRow {
  readonly id: string
  readonly title: string
  readonly links: readonly LinkKind[]
  readonly integrity: Integrity
  readonly axisSource: Description['axisSource']
  readonly models: readonly { readonly model: string; readonly pixels: number; readonly confidence: Confidence }[]
}

export const familyRow = ({ id, title, links, integrity, axisSource, models }: Description): FamilyRow => ({
  ...{ id, title, links, integrity, axisSource },
  models: models.map(({ model, pixels, confidence }) => ({ model, pixels, confidence })),
})

const linkWords: Readonly<Record<LinkKind, string>> = { stream: 'serial or TCP', usb: 'USB' }

/** How far a spectrum can be trusted to be undamaged. */
const integrityWords: Readonly<Record<Integrity, string>> = {
  checksum: 'frames carry a checksum',
  conversation: 'no checksum: shape and length of each reply are checked',
  none: 'a damaged frame cannot be told from a good one',
}

export const familyTable = (rows: readonly FamilyRow[]): readonly string[] =>
  rows.flatMap(({ id, title, links, integrity, axisSource, models }) => [
    `  ${id}: ${title}`,
    `    ${links.map((link) => linkWords[link]).join(', ')}; ${integrityWords[integrity]}; axis from ${axisSource === 'device' ? 'the instrument' : 'a file ("axis" in the configuration)'}`,
    ...models.map(({ model, pixels, confidence }) => `    ${model.padEnd(14)}${String(pixels).padStart(5)} pixels   ${confidence}`),
  ])
