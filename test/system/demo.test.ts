import t from 'tap'
import { ends, startDemo, subscribed } from '../support/demo.js'

// The dark of the show expires after 20 s, which no clock of a test can shorten in another process.
t.setTimeout(90_000)

t.test('the demo answers, doubts and refuses before a plain subscriber, and Ctrl-C ends it', async (t) => {
  const { demo, left } = startDemo(t)
  const { until } = await subscribed(t, demo)
  const reasons = ['foreign', 'saturated', 'dark-expired'] as const
  const results = await until((seen) => reasons.every((wanted) => seen.some(({ reason }) => reason === wanted)), `all of ${reasons}`)
  const of = (reason: string | null) => results.filter((result) => result.reason === reason)
  t.ok(of(null).length > 10, 'most are answered')
  t.ok(of(null).every(({ verdict, label, confidence }) => verdict === 'accepted' && label !== null && (confidence ?? 0) >= 0.8))
  t.ok(of('foreign').every(({ verdict, label }) => verdict === 'unknown' && label === null))
  for (const reason of ['saturated', 'dark-expired'] as const)
    t.ok(
      of(reason).every(({ verdict, label, flags }) => verdict === 'rejected' && label === null && flags.includes(reason)),
      reason,
    )
  t.ok(
    of(null).every(({ references, model }) => references.dark !== null && references.white !== null && model?.id === 'tablet-dose'),
    'each answer names its references and its model',
  )
  t.strictSame(
    results.map(({ seq }) => seq),
    Array.from(results, (_, i) => (results[0]?.seq ?? 0) + i),
    'numbers rise without a gap',
  )
  await demo.line(/accepted +(under|within|over) +\d\.\d\d/)
  await demo.line(/unknown +foreign +shown: a tablet of another material/)
  await demo.line(/rejected +saturated/)
  await demo.line(/dark has expired.*measuring it anew/)
  const before = results.length
  await until((seen) => seen.slice(before).some(({ verdict }) => verdict === 'accepted'), 'an answer after the dark was renewed')
  await ends(t, { demo, left }, () => demo.child.kill('SIGINT'))
  t.match(demo.out.at(-1), /Stopping\. \d+ accepted, \d+ unknown, \d+ rejected\./)
})
