import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadBundle } from '../../src/models/load.js'
import { startCommand } from '../support/command-line.js'
import { writeDataFolder } from '../support/data-folder.js'
import { madeUpTablets } from '../support/made-up-data.js'

t.test('the first interrupt finishes with the best so far, exit 0; a request to end ends at once, and nothing is written', async (t) => {
  const directory = t.testdir({})
  writeDataFolder(join(directory, 'data'), madeUpTablets())
  const start = (out: string) =>
    startCommand([
      'train',
      '--data',
      join(directory, 'data'),
      '--target',
      'kind',
      '--models',
      'ridge',
      '--repeats',
      '50',
      '--out',
      join(directory, out),
    ])
  /** Standard error comes with the first line of the search. */
  const searching = async ({ said, child, ended }: ReturnType<typeof start>) => {
    let over = false
    void ended.then(() => {
      over = true
    })
    while (!over && !said().err.includes('linear models ')) await once(child.stderr, 'data')
  }
  const finished = start('finished.s2m')
  await searching(finished)
  finished.child.kill('SIGINT')
  const { exit, out, err } = await finished.ended
  t.equal(exit, 0, err)
  t.match(err, /stopping: the best model so far is finished/)
  t.match(out, /note: The search was stopped on request/)
  const model = await loadBundle(join(directory, 'finished.s2m'))
  await model.close()

  const ended = start('ended.s2m')
  await searching(ended)
  ended.child.kill('SIGTERM')
  t.equal((await ended.ended).exit, 0)
  t.notOk(existsSync(join(directory, 'ended.s2m')))
})
