import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { asFailure } from '../../src/failures.js'
import { assay } from './assay.js'
import { bundles } from './bundles.js'
import { corn } from './corn.js'
import { type Context, type Figure, type Protocol, reached, tableOf } from './figure.js'
import { items, itemsAtRandom } from './items.js'
import { others } from './others.js'
import { polymers } from './polymers.js'
import { sugarcane } from './sugarcane.js'
import { scales, tabletsNir, tabletsRaman } from './tablets.js'
import { textiles } from './textiles.js'
import { transferGate } from './transfer-gate.js'
import { values } from './values.js'

/**
 * Every claim about recognition as measured, beside the figure that it should reach and simple methods in the same run:
 * npm run bench:recognition [-- --data ROOT] [--only NAME ...] [--repeats N] [--no-cnn] [--json]
 */
const protocols: readonly Protocol[] = [
  ...[polymers, items, itemsAtRandom, tabletsNir, scales, tabletsRaman, assay, values, corn, sugarcane, transferGate, textiles, others, bundles],
]

const usage = (text: string): never => {
  process.stderr.write(`bench:recognition: ${text}\n`)
  process.exit(64)
}

const options = () => {
  try {
    return parseArgs({
      options: {
        data: { type: 'string' },
        only: { type: 'string', multiple: true },
        repeats: { type: 'string' },
        'no-cnn': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error))
  }
}

const { data, only = [], repeats, json, 'no-cnn': noCnn } = options()
const root = resolve(data ?? process.env['SPECTRO2MQTT_DATA'] ?? '../shared/data')
const wrong = only.find((name) => !protocols.some((protocol) => protocol.name === name))
if (wrong !== undefined) usage(`no protocol "${wrong}"; there are ${protocols.map(({ name }) => name).join(', ')}`)
if (repeats !== undefined && !/^[1-9]\d?$/.test(repeats)) usage(`--repeats ${repeats}: 1 to 99`)

const asked = protocols.filter(({ name }) => only.length === 0 || only.includes(name))
const started = performance.now()
let saidAt = 0
const figures: Figure[] = []
const errors: string[] = []
for (const [i, protocol] of asked.entries()) {
  const left = (part: number) => asked.slice(i).reduce((sum, { minutes }, k) => sum + minutes * (k === 0 ? 1 - part : 1), 0)
  const context: Context = {
    root,
    repeats: repeats === undefined ? null : Number(repeats),
    cnn: noCnn !== true,
    seed: 1,
    tell: (what, part) => {
      const now = performance.now()
      if (now - saidAt < 1000) return
      saidAt = now
      const spent = (now - started) / 60_000
      process.stderr.write(
        `${protocol.name}: ${what} ${Math.round(100 * part)} % | ${spent.toFixed(1)} min gone, about ${left(part).toFixed(0)} min left\n`,
      )
    },
  }
  try {
    const own = await protocol.run(context)
    figures.push(...own)
    for (const figure of own) process.stderr.write(`${tableOf([figure]).split('\n').at(-1)}\n`)
  } catch (error) {
    const { message } = asFailure(error, 'INVARIANT')
    errors.push(`${protocol.name}: ${message}`)
    process.stderr.write(`${protocol.name} failed: ${message}\n`)
  }
}

const version = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.versions.node}, ${version}`
const minutes = Number(((performance.now() - started) / 60_000).toFixed(1))
const text = json
  ? JSON.stringify({ machine, minutes, figures: figures.map((own) => ({ ...own, reached: reached(own) })), errors }, null, 1)
  : `${machine}, ${minutes} min\n\n${tableOf(figures)}\n${errors.map((line) => `\nnot measured: ${line}`).join('')}`
process.stdout.write(`${text}\n`, () => process.exit(errors.length > 0 ? 70 : 0))
