import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { childrenOf, stillThere } from './children.js'
import { type RunningCommand, startCommand } from './command.js'
import { type Subscriber, subscribeResults } from './result-subscriber.js'

/** The demo as a user starts it, on any free port, and what it would leave behind. */
export const startDemo = (t: Test, args: readonly string[] = [], folder = t.testdir({})) => {
  const tmp = join(folder, 'tmp')
  mkdirSync(tmp)
  const demo = startCommand(['demo', '--port', '0', ...args], tmp)
  t.teardown(() => demo.child.kill('SIGKILL'))
  const left = () => readdirSync(tmp).filter((name) => name.startsWith('spectro2mqtt'))
  return { demo, left }
}

/** A subscriber that knows nothing but what the demo printed first. */
export const subscribed = async (t: Test, demo: RunningCommand): Promise<Subscriber> => {
  const [url = ''] = /mqtt:\/\/\S+/.exec(await demo.line(/mqtt:\/\//)) ?? []
  const subscriber = await subscribeResults(url)
  t.teardown(() => subscriber.close())
  return subscriber
}

/** Ends the demo in some way; then nothing of it may be left. */
export const ends = async (t: Test, { demo, left }: Pick<ReturnType<typeof startDemo>, 'demo' | 'left'>, end: () => unknown) => {
  const children = childrenOf(demo.pid)
  t.equal(children.length, 1, 'the agent is a process of its own')
  t.equal(left().length, 1, 'there is a folder to clean up')
  end()
  t.equal(await demo.ended, 0)
  t.strictSame(await stillThere(children), [], 'no child is left')
  t.strictSame(left(), [], 'no temporary folder is left')
  t.strictSame(demo.err, [])
}
