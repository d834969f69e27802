import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { readingGolden, TURN_BYTES } from '../../src/models/golden-file.js'
import { type Golden, goldenSchema } from '../../src/models/manifest.js'

const caseOf = (name: string, channels = 3): Golden['cases'][number] => ({
  name,
  values: Array.from({ length: channels }, (_, i) => Math.sin(i + name.length)),
  flags: [],
  want: { verdict: 'accepted', reason: null, top: 'a', scores: [0.25, 0.75] },
})
const goldenOf = (names: readonly string[], channels = 3): Golden => ({ tolerance: 0.02, cases: names.map((name) => caseOf(name, channels)) })
const names = Array.from({ length: 40 }, (_, i) => `case ${i}`)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What is read, and how often others had a turn. */
const read = (text: string): { golden: Golden; turns: number } => {
  const parts = readingGolden(bytesOf(text), 'golden.json')
  for (let turns = 0; ; turns++) {
    const part = parts.next()
    if (part.done === true) return { golden: part.value, turns }
  }
}

t.test('it reads what the JSON of the language reads, whatever a name holds', async () => {
  const awkward = fc
    .array(fc.constantFrom('},{"name":', '"', '\\', ']}', '"cases":[{"name":', 'é', '{', ','), { maxLength: 4 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.array(awkward, { minLength: 32, maxLength: 34 }), fc.constantFrom(0, 2), (some, indent) => {
      const text = JSON.stringify(goldenOf(some), null, indent)
      deepStrictEqual(read(text).golden, goldenSchema.parse(JSON.parse(text)))
    }),
    { numRuns: 50 },
  )
})

t.test('another order of keys, and keys of other places that look alike, are read as they are meant', async (t) => {
  const { tolerance, cases } = goldenOf(names)
  t.strictSame(read(JSON.stringify({ cases, tolerance })).golden, { tolerance, cases })
  // Of two of the same name the last one counts, here as everywhere.
  const twice = `{"tolerance":${tolerance},"cases":[{"name":1}],"cases":${JSON.stringify(cases)}}`
  t.strictSame(read(twice).golden, { tolerance, cases })
  t.throws(() => read(`{"tolerance":${tolerance},"more\\"cases":${JSON.stringify(cases)}}`), {
    code: 'BUNDLE_INVALID',
    seen: /more"cases/,
  })
})

t.test('others have a turn again and again while a large one is read', async (t) => {
  const text = JSON.stringify(goldenOf(names, 2000))
  const { turns } = read(text)
  t.ok(text.length > 4 * TURN_BYTES)
  t.ok(turns >= 2 * Math.floor(text.length / (2 * TURN_BYTES)), `${turns} turns for ${text.length} bytes`)
})

t.test('what is wrong is named with its place', async (t) => {
  const golden = goldenOf(names)
  const wrong = (change: (document: { tolerance: unknown; cases: Record<string, unknown>[] }) => void): string => {
    const document = structuredClone<{ tolerance: unknown; cases: Record<string, unknown>[] }>({
      tolerance: golden.tolerance,
      cases: golden.cases.map((each) => ({ ...each })),
    })
    change(document)
    return JSON.stringify(document)
  }
  const refused = (text: string, where: string) => t.throws(() => read(text), { code: 'BUNDLE_INVALID', where })
  refused(
    wrong(({ cases }) => Object.assign(cases[7] ?? {}, { values: [1, 'two'] })),
    'golden.json cases.7.values.1',
  )
  refused(
    wrong(({ cases }) => Object.assign(cases[39] ?? {}, { more: 1 })),
    'golden.json cases.39',
  )
  refused(
    wrong(({ cases }) => cases.splice(31)),
    'golden.json cases',
  )
  refused(
    wrong((document) => {
      document.tolerance = 2
    }),
    'golden.json tolerance',
  )
  refused(JSON.stringify(golden).slice(0, -9), 'golden.json')
  refused('[]', 'golden.json')
})
