import { seededRandom } from '../../src/spectrum/random.js'
import { drawnFigure } from './drawn.js'
import { atLeast, type Context, type Protocol } from './figure.js'
import { datasetOf, type Opened, opened, wordsOf } from './material.js'
import { type Draw, itemHalves, rowHalves, rowsBy } from './splits.js'

const DATA = 'plastics_plastell'
const DRAWS = 12
const DRAWS_AT_RANDOM = 20
const SESSION = '2026-02'

/** Items are told apart by class and name: two classes may each have a "bottle". */
const plastics = (
  context: Context,
): { own: Opened; labels: readonly string[]; items: readonly string[]; sessions: readonly string[]; colours: readonly string[] } => {
  const set = opened(datasetOf(context.root, DATA), {})
  const [labels, items, sessions, colours] = [wordsOf(set, 'label'), wordsOf(set, 'object'), wordsOf(set, 'session'), wordsOf(set, 'colour')]
  const { material } = set
  const groups = labels.map((label, n) => (items[n] === '' ? `row ${material.own.ids[n]}` : `${label} ${items[n]}`))
  return { own: { ...set, material: { ...material, own: { ...material.own, groups } } }, labels, items, sessions, colours }
}

/** New items of ten plastics: half of the items of each class are learnt from; and again with a reference collection from elsewhere. */
export const items: Protocol = {
  name: 'items',
  data: [DATA],
  minutes: 2,
  run: async (context) => {
    const { own, labels, items: names, sessions } = plastics(context)
    const named = labels.flatMap((_, n) => (sessions[n] === SESSION && names[n] !== '' ? [n] : []))
    const classes = new Set(
      [...rowsBy(named.map((n) => labels[n] ?? ''))].flatMap(([label, rows]) =>
        new Set(rows.map((i) => names[named[i] ?? 0])).size >= 2 ? [label] : [],
      ),
    )
    const rows = named.filter((n) => classes.has(labels[n] ?? ''))
    const reference = labels.flatMap((label, n) => (sessions[n] !== SESSION && classes.has(label) ? [n] : []))
    const draws = Array.from({ length: context.repeats ?? DRAWS }, (_, d): Draw => {
      const half = itemHalves(
        rows.map((n) => labels[n] ?? ''),
        rows.map((n) => names[n] ?? ''),
        seededRandom(context.seed + d),
      )
      return { train: half.train.map((i) => rows[i] ?? 0), test: half.test.map((i) => rows[i] ?? 0) }
    })
    const withReference = draws.map(({ train, test }) => ({ train: [...train, ...reference], test }))
    return [
      await drawnFigure({
        context,
        opened: own,
        data: DATA,
        what: `items halved, ${classes.size} classes`,
        bar: atLeast(80),
        draws,
        from: 0,
        to: 0.3,
      }),
      await drawnFigure({
        context,
        opened: own,
        data: DATA,
        what: 'the same with the reference collection in training',
        bar: atLeast(84),
        draws: withReference,
        from: 0.3,
        to: 1,
      }),
    ]
  },
}

/** Spectra halved by chance, as others report it; black items, which give no light back, are left out. */
export const itemsAtRandom: Protocol = {
  name: 'items-at-random',
  data: [DATA],
  minutes: 2,
  run: async (context) => {
    const { own, labels, colours } = plastics(context)
    const rows = labels.flatMap((_, n) => (colours[n] === 'black' ? [] : [n]))
    const { material } = own
    // By the protocol of others single spectra are split: each is an object of its own here.
    const alone = { ...own, material: { ...material, own: { ...material.own, groups: material.own.ids } } }
    const draws = Array.from({ length: context.repeats ?? DRAWS_AT_RANDOM }, (_, d): Draw => {
      const half = rowHalves(
        rows.map((n) => labels[n] ?? ''),
        seededRandom(context.seed + d),
      )
      return { train: half.train.map((i) => rows[i] ?? 0), test: half.test.map((i) => rows[i] ?? 0) }
    })
    return [
      await drawnFigure({
        context,
        opened: alone,
        data: DATA,
        what: 'spectra halved at random, without known black',
        bar: atLeast(94),
        draws,
        from: 0,
        to: 1,
      }),
    ]
  },
}
