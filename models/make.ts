import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readRecipeFile } from '../src/cli/recipe-file.js'
import { progressLine } from '../src/cli/train-progress.js'
import { reportTable } from '../src/cli/train-table.js'
import { readDataset } from '../src/datasets/folder.js'
import { asFailure, Failure, failures } from '../src/failures.js'
import { train } from '../src/training/train.js'
import { countsCost } from './counts-cost.js'

/** The shipped models, each made from the data set folder of that name. */
const shipped = [{ name: 'tablet-dose', data: 'tablets_idrc2002_i1' }] as const

/** Built as dist/models/make.js: the project's folder is two above. */
const project = resolve(import.meta.dirname, '..', '..')

/**
 * `npm run models [-- --data DIR]`: trains every shipped model from its recipe, writes bundle and statistical model beside it, prints the
 * figures, and says whether what lay there before is the same, byte for byte.
 */
const make = async (): Promise<void> => {
  const { values } = parseArgs({ options: { data: { type: 'string' } } })
  for (const { name, data } of shipped) {
    const dataset = readDataset(folderOf(data, values.data))
    const folder = join(project, 'models', name)
    const { recipe, axis } = await readRecipeFile(join(folder, 'recipe.yaml'))
    const { bundle, population, report } = await train({ dataset, recipe, axis, progress: progressLine() })
    console.log(`\n${name} ${recipe.version}, made from ${dataset.name}\n${reportTable(report)}\n`)
    await replace(join(folder, `${name}.s2m`), bundle)
    await replace(join(folder, 'population.json'), Buffer.from(`${JSON.stringify(population)}\n`))
    for (const line of await countsCost(dataset, recipe, axis)) console.log(line)
  }
}

const folderOf = (data: string, given: string | undefined): string => {
  if (given !== undefined) return given
  const all = process.env['SPECTRO2MQTT_DATA']
  if (all !== undefined) return join(all, data)
  // Where this project is worked on, the sets lie in a folder beside it.
  const beside = join(project, '..', 'shared', 'data', data)
  if (existsSync(beside)) return beside
  throw new Failure('PART_MISSING', {
    where: data,
    seen: 'no measured data: they belong to others and are not in this repository',
    allowed: `the data set folder of that name (IDRC 2002 shoot-out, tablets, instrument 1) as docs/data-folders.md describes it`,
    cure: `npm run models -- --data FOLDER, or set SPECTRO2MQTT_DATA to the folder that holds ${data}`,
  })
}

const replace = async (file: string, bytes: Uint8Array): Promise<void> => {
  const before = await readFile(file).catch(() => null)
  await writeFile(file, bytes)
  const verdict =
    before === null ? 'new' : before.equals(bytes) ? 'reproduced byte for byte' : `DIFFERS from the ${before.length} bytes that lay there`
  console.log(`${file}: ${bytes.length} bytes, ${verdict}`)
}

await make().catch((error: unknown) => {
  const failure = asFailure(error, 'INVARIANT')
  console.error(`npm run models: ${failure.message} [${failure.code}]`)
  if (failure.code === 'INVARIANT' && failure.cause instanceof Error) console.error(failure.cause.stack)
  process.exitCode = failures[failure.code].exit
})
