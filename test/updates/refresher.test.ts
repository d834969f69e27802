import t from 'tap'
import { Failure } from '../../src/failures.js'
import { seededRandom } from '../../src/spectrum/random.js'
import type { Listing } from '../../src/updates/contract.js'
import { createRefresher, REFRESH_RETRY_MS } from '../../src/updates/refresher.js'
import { stuck } from '../support/install-rig.js'
import { manualClock } from '../support/manual-clock.js'
import { listingOf } from '../support/orders-rig.js'

const EVERY_MS = 3_600_000

/** Looks that are written down with their time. */
const looking = (options: { uniform?: () => number; look?: (signal: AbortSignal) => Promise<Listing> } = {}) => {
  const clock = manualClock()
  const looks: number[] = []
  const outcomes: (Listing | Failure)[] = []
  const trust = {
    refresh: async (signal: AbortSignal) => {
      looks.push(clock.monotonicMs())
      return (options.look ?? (async () => listingOf([])))(signal)
    },
  }
  const random = { ...seededRandom(1), uniform: options.uniform ?? (() => 0.5) }
  const refresher = createRefresher({ trust, clock, random, everyMs: EVERY_MS, done: (outcome) => void outcomes.push(outcome) })
  return { clock, looks, outcomes, refresher }
}

t.test('it looks at the start and then now and then, spread around the time that is set', async (t) => {
  const spread = [0, 0.999, 0.5]
  const { clock, looks, outcomes, refresher } = looking({ uniform: () => spread.shift() ?? 0.5 })
  refresher.start()
  await clock.advance(4.5 * EVERY_MS)
  t.strictSame(
    looks.map((ms) => Number((ms / EVERY_MS).toFixed(2))),
    [0, 0.5, 2, 3, 4],
  )
  t.equal(outcomes.length, looks.length)
  await refresher.stop()
})

t.test('after a failure it looks again after 1, 5 and 30 minutes, then each 30, and by the clock again when it went well', async (t) => {
  let fails = 5
  const look = async () => {
    if (fails-- > 0) throw new Failure('NETWORK_FAILED')
    return listingOf([])
  }
  const { clock, looks, outcomes, refresher } = looking({ look })
  refresher.start()
  await clock.advance(3 * EVERY_MS)
  const [first = 0, second = 0, third = 0] = REFRESH_RETRY_MS
  t.strictSame(
    looks.map((ms, i) => ms - (looks[i - 1] ?? 0)),
    [0, first, second, third, third, third, EVERY_MS],
  )
  t.match(outcomes[0], { code: 'NETWORK_FAILED' })
  await refresher.stop()
})

t.test('never two at once: whoever asks meanwhile waits for the next one, all for the same', async (t) => {
  let open = () => {}
  let at = 0
  let most = 0
  const look = async () => {
    most = Math.max(most, ++at)
    await new Promise<void>((resolve) => {
      open = resolve
    })
    at--
    return listingOf([])
  }
  const { clock, looks, refresher } = looking({ look })
  refresher.start()
  await clock.advance(0)
  const asked = [refresher.ask(), refresher.ask(), refresher.ask()]
  await clock.advance(0)
  t.equal(looks.length, 1, 'one that is under way may have seen the list before')
  open()
  await clock.advance(0)
  open()
  const [a, ...others] = await Promise.all(asked)
  t.ok(others.every((each) => each === a))
  t.equal(looks.length, 2)
  t.equal(most, 1)
  await refresher.stop()
})

t.test('a failure reaches who asked; stop gives up what hangs, tells nobody, and begins nothing more', async (t) => {
  const { clock, looks, outcomes, refresher } = looking({ look: stuck })
  const asked = refresher.ask()
  const next = asked.catch(() => refresher.ask())
  await clock.advance(0)
  await Promise.all([refresher.stop(), t.rejects(asked, { code: 'ABORTED' }), t.rejects(next, { code: 'ABORTED' })])
  t.strictSame(outcomes, [])
  t.equal(looks.length, 1)
})
