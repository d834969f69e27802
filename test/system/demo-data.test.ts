import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PROJECT } from '../support/command.js'
import { drawnTablets, writeDataFolder } from '../support/data-folder.js'
import { ends, startDemo, subscribed } from '../support/demo.js'
import { madeUpTablets } from '../support/made-up-data.js'

t.setTimeout(90_000)

/** What the terminal said was shown at each number. */
const shownAt = (lines: readonly string[]): ReadonlyMap<number, string> =>
  new Map(
    lines.flatMap((line) => {
      const [, seq, name] = /^ {2}#(\d+) .*shown: (.+)$/.exec(line) ?? []
      return seq === undefined || name === undefined || name === 'not known' ? [] : [[Number(seq), name] as const]
    }),
  )

t.test('measured spectra of a folder are replayed row by row, again and again, and told apart', async (t) => {
  const tablets = drawnTablets(6)
  const folder = t.testdir({})
  const data = writeDataFolder(join(folder, 'data'), tablets)
  const { demo, left } = startDemo(t, ['--data', data], folder)
  const { until } = await subscribed(t, demo)
  t.match(demo.out[0], '6 measured spectra of drawn-tablets')
  await demo.line(/One pass: \d+ accepted, \d+ unknown, \d+ rejected/)
  await demo.line(/^ {2}#1\d .*shown: tablet/)
  const results = await until((seen) => seen.length >= 13, 'two passes')
  const names = tablets.rows.map(({ id, labels }) => `${id}, ${labels['label']}, assay_mg ${labels['assay_mg']}`)
  const shown = [...shownAt(demo.out)]
  const [first = 0] = shown[0] ?? []
  const offset = names.indexOf(shown[0]?.[1] ?? '') - first
  t.ok(shown.length >= 8)
  t.strictSame(
    shown,
    shown.map(([seq]) => [seq, names[(seq + offset) % names.length]]),
    'each row after the one before it',
  )
  const answered = results.filter(({ seq, label }) => label !== null && shownAt(demo.out).has(seq))
  t.ok(answered.length >= 8, 'most rows are answered')
  for (const { seq, label } of answered) t.match(shownAt(demo.out).get(seq), `, ${label}, `)
  await ends(t, { demo, left }, () => demo.child.kill('SIGINT'))
})

t.test('a set that the bundle was not made for is replayed, refused, and the terminal says so', async (t) => {
  const folder = t.testdir({})
  const data = writeDataFolder(join(folder, 'data'), madeUpTablets())
  const { demo, left } = startDemo(t, ['--data', data], folder)
  const { until } = await subscribed(t, demo)
  const results = await until((seen) => seen.filter(({ reason }) => reason === 'axis-mismatch').length >= 3, 'three refusals')
  t.ok(
    results.every(({ verdict, label, flags }) => verdict === 'rejected' && label === null && flags.includes('axis-mismatch')),
    'whatever else is wrong before the references are there',
  )
  await demo.line(/The model was made for other spectra than these/)
  await demo.line(/rejected +axis-mismatch/)
  await ends(t, { demo, left }, () => demo.child.kill('SIGTERM'))
})

t.test('really measured tablets are answered', async (t) => {
  const data = join(process.env['SPECTRO2MQTT_DATA'] ?? join(PROJECT, '..', 'shared', 'data'), 'tablets_idrc2002_i1')
  if (!existsSync(join(data, 'meta.json'))) {
    t.comment('skipped aloud: measured tablets are not in this repository; set SPECTRO2MQTT_DATA to a folder that holds tablets_idrc2002_i1')
    t.pass('nothing to replay')
    return
  }
  const { demo, left } = startDemo(t, ['--data', data])
  const { until } = await subscribed(t, demo)
  const results = await until((seen) => seen.length >= 20, 'twenty results')
  t.ok(results.filter(({ verdict }) => verdict === 'accepted').length >= 12, 'most are answered')
  await ends(t, { demo, left }, () => demo.child.kill('SIGINT'))
})
