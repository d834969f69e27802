import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { writeBundle } from '../../src/models/bundle.js'
import { createSelfTest, selfTestLimits } from '../../src/updates/selftest.js'
import { childrenOf } from '../support/children.js'
import { offers } from '../support/install-rig.js'
import { agentOn, graphOf, refusedForGood } from '../support/real-slot.js'
import { draft, fixture, goldenOf } from '../support/tiny-model.js'

t.test('a memory hog is ended by its parent', async (t) => {
  const limit = 64 * 1024 ** 2
  const graph = graphOf([
    { width: 1, channels: 400_000 },
    { width: 1, channels: 1 },
  ])
  // Its golden answers would take as much memory here: those of a small graph do, as it never comes to them.
  const bytes = writeBundle({ manifest: draft(), graph, golden: await goldenOf() })
  await refusedForGood(
    t,
    await agentOn(t.testdir(), bytes, createSelfTest({ ...selfTestLimits, memoryBytes: limit })),
    'TOO_MUCH_MEMORY',
    /allowed 64 MiB/,
  )
})

t.test('a graph that gives a number that is not finite', async (t) => {
  const bytes = writeBundle({ manifest: draft(), graph: fixture('not-finite'), golden: await goldenOf() })
  await refusedForGood(t, await agentOn(t.testdir(), bytes), 'BUNDLE_SELFTEST', /degenerate/)
})

t.test('a native crash ends the child alone', async (t) => {
  const { first } = await offers()
  const agent = await agentOn(t.testdir(), first.bytes)
  const before = new Set(childrenOf(process.pid))
  while (agent.installer.report().record.phase !== 'selftest') await setTimeout(1)
  for (;;) {
    const [child] = childrenOf(process.pid).filter((pid) => !before.has(pid))
    if (child !== undefined) {
      process.kill(child, 'SIGSEGV')
      break
    }
    await setTimeout(1)
  }
  await refusedForGood(t, agent, 'CRASHED', /SIGSEGV/)
})

const slowChild = new URL('./fixtures/slow-child.ts', import.meta.url)
const bundle = (ms: number) => ({ path: String(ms), sha256: '' })
const forever = bundle(600_000)
/** The child of this process that was not there before. */
const newChild = async (before: readonly number[]): Promise<number> => {
  for (;;) {
    const child = childrenOf(process.pid).find((pid) => !before.includes(pid))
    if (child !== undefined) return child
    await setTimeout(2)
  }
}

t.test('a child that others end is no fault of the bundle', async (t) => {
  for (const [signal, code] of [
    ['SIGTERM', 'INTERRUPTED'],
    ['SIGINT', 'INTERRUPTED'],
    ['SIGKILL', 'OUT_OF_MEMORY'],
  ] as const) {
    const before = childrenOf(process.pid)
    const found = createSelfTest(selfTestLimits, slowChild)(forever, new AbortController().signal)
    process.kill(await newChild(before), signal)
    t.match(await found, { reason: { code, cause: 'machine' } }, signal)
  }
  const gone = createSelfTest(selfTestLimits, new URL('./fixtures/no-such-child.ts', import.meta.url))
  t.match(await gone(forever, new AbortController().signal), { reason: { code: 'INTERRUPTED', cause: 'machine', text: /no-such-child/ } })
})

t.test('a machine without memory does not even begin', async (t) => {
  const test = createSelfTest({ ...selfTestLimits, freeBytes: 2 ** 50 }, slowChild)
  const before = childrenOf(process.pid)
  t.match(await test(forever, new AbortController().signal), { reason: { code: 'OUT_OF_MEMORY', cause: 'machine' } })
  t.strictSame(childrenOf(process.pid), before)
})

t.test('a child that comes to no end is ended', async (t) => {
  const test = createSelfTest({ ...selfTestLimits, deadlineMs: 1 }, slowChild)
  t.match(await test(forever, new AbortController().signal), { reason: { code: 'TOO_SLOW', cause: 'model', text: /after 1 ms/ } })
})

t.test('a test that is stopped ends its child', async (t) => {
  const before = childrenOf(process.pid)
  const halt = new AbortController()
  const found = createSelfTest(selfTestLimits, slowChild)(forever, halt.signal)
  const child = await newChild(before)
  halt.abort()
  await t.rejects(found, { code: 'ABORTED' })
  t.notOk(childrenOf(process.pid).includes(child))
})

t.test('more tests than may run at once wait for each other', async (t) => {
  const before = childrenOf(process.pid)
  const test = createSelfTest({ ...selfTestLimits, atOnce: 2 }, slowChild)
  let most = 0
  const look = setInterval(() => {
    most = Math.max(most, childrenOf(process.pid).filter((pid) => !before.includes(pid)).length)
  }, 5)
  const found = await Promise.all(Array.from({ length: 3 }, () => test(bundle(50), new AbortController().signal)))
  clearInterval(look)
  t.equal(most, 2)
  t.strictSame(
    found,
    Array.from({ length: 3 }, () => ({ p95Ms: 50 })),
  )
})

t.test("who waits for a turn is gone as soon as it is told to, and takes nobody's", async (t) => {
  const before = childrenOf(process.pid)
  const test = createSelfTest({ ...selfTestLimits, atOnce: 1 }, slowChild)
  const [first, second] = [new AbortController(), new AbortController()]
  const running = test(forever, first.signal)
  await newChild(before)
  const waiting = test(forever, second.signal)
  const third = test(bundle(20), new AbortController().signal)
  second.abort()
  await t.rejects(waiting, { code: 'ABORTED' })
  first.abort()
  await t.rejects(running, { code: 'ABORTED' })
  t.strictSame(await third, { p95Ms: 20 })
})
