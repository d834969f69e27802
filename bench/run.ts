import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { timeBaselines } from './baselines.js'
import { timeChain } from './chain.js'
import { timeSwap } from './swap.js'
import { timeTraining } from './training.js'
import { timeWay } from './way.js'
import { timeWhole } from './whole.js'
import { timeYardstick } from './yardstick.js'

/** Every speed claim of the project, each beside a bare floor or a peer in the same run. Run it on a quiet machine: npm run bench [-- PART...]. */
type Row = readonly [what: string, ours: string, beside: string, ratio: string]

const note = (line: string) => process.stderr.write(`${line} ...\n`)

const agent = async (): Promise<readonly Row[]> => {
  note('the way of a spectrum in process')
  const way = await timeWay()
  const whole = await timeWhole(note)
  note('yardstick: the Python agent')
  const peer = await timeYardstick()
  return [
    [
      `one spectrum in process, 1024 points, net of ${(way.macs / 1e6).toFixed(2)} M MAC`,
      us(way.wayUs),
      `${us(way.bareUs)} bare ONNX call`,
      `${(way.wayUs / way.bareUs).toFixed(2)} x`,
    ],
    ['  of it: the chain onto the grid', us(way.prepareUs), '', ''],
    [
      'whole agent, 784 points over TCP --unpaced, QoS 1, synchronous=FULL',
      `${whole.spectraPerS.toFixed(0)} /s`,
      `${peer.spectraPerS} /s Python agent`,
      `${(whole.spectraPerS / peer.spectraPerS).toFixed(1)} x`,
    ],
    ['last byte to PUBACK at 100 /s, p50', ms(whole.p50Ms), `${ms(peer.p50Ms)} Python agent`, `${(whole.p50Ms / peer.p50Ms).toFixed(2)} x`],
    ['last byte to PUBACK at 100 /s, p99', ms(whole.p99Ms), `${ms(peer.p99Ms)} Python agent`, `${(whole.p99Ms / peer.p99Ms).toFixed(2)} x`],
    ['memory (RSS) under flood', `${whole.rssMiB} MiB`, `${whole.bareRssMiB} MiB bare parts`, `+${whole.rssMiB - whole.bareRssMiB} MiB`],
    ['start to first result', `${whole.startToFirstS.toFixed(2)} s`, `${peer.startToFirstS.toFixed(2)} s Python agent`, ''],
  ]
}

const baselines = async (): Promise<readonly Row[]> => {
  note('penalised baselines beside scipy')
  return timeBaselines().map(({ method, ours, scipy }) => [
    `${method}, 1000 points, one spectrum a call, per CPU-second`,
    ours.toFixed(0),
    `${scipy.toFixed(0)} scipy solveh_banded`,
    `${(ours / scipy).toFixed(1)} x`,
  ])
}

const chain = async (): Promise<readonly Row[]> => {
  note('the chain beside numpy and scipy')
  const { ours, plain, tuned } = timeChain()
  const rate = ours.toFixed(0)
  return [
    [
      'SNV + SG(2nd, 15) + MSC + resample, 1024 points to 512, one spectrum a call, per CPU-second',
      rate,
      `${plain.toFixed(0)} numpy/scipy`,
      `${(ours / plain).toFixed(1)} x`,
    ],
    ['  the same', rate, `${tuned.toFixed(0)} numpy, kernel and weights made once`, `${(ours / tuned).toFixed(1)} x`],
  ]
}

const swap = async (): Promise<readonly Row[]> => {
  note('a model is swapped at 100 spectra a second')
  const { swap, calm, orderMs } = await timeSwap()
  const row = (what: string, atSwap: number, beside: number): Row => [
    what,
    `${ms(atSwap)} around a swap`,
    `${ms(beside)} before it`,
    `${atSwap < beside ? '' : '+'}${ms(atSwap - beside)}`,
  ]
  return [
    row('end of exposure to verdict at 100 /s, p99', swap.p99Ms, calm.p99Ms),
    row('end of exposure to verdict at 100 /s, the longest', swap.maxMs, calm.maxMs),
    row('verdict to verdict at 100 /s, the longest', swap.gapMs, calm.gapMs),
    ['order of a swap to the first spectrum of the new model, golden check and all', ms(orderMs), '', ''],
  ]
}

const training = async (): Promise<readonly Row[]> => {
  note('a network is trained, some minutes')
  const { minutes, cpuMinutes, forwardMinutes, named } = await timeTraining(note)
  const min = (value: number) => `${value.toFixed(2)} min`
  return [
    [
      `train: the default network, 2,000 spectra x 512 points, 50 epochs, WebAssembly (names ${(100 * named).toFixed(1)} % of unseen ones)`,
      `${min(minutes)}, ${cpuMinutes.toFixed(2)} CPU-min`,
      `${min(forwardMinutes)} its forward passes alone in bare TF.js`,
      `${(minutes / forwardMinutes).toFixed(1)} x`,
    ],
  ]
}

const parts: Readonly<Record<string, () => Promise<readonly Row[]>>> = { agent, baselines, chain, swap, training }
const asked = process.argv.slice(2)
const wrong = asked.find((name) => !Object.hasOwn(parts, name))
if (wrong !== undefined) {
  process.stderr.write(`bench: no part ${JSON.stringify(wrong)}; there are ${Object.keys(parts).join(', ')}\n`)
  process.exit(64)
}
const rows: Row[] = []
for (const [name, part] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) rows.push(...(await part()))
const version = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
process.stdout.write(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.versions.node}, ${version}\n\n`)
process.stdout.write('| what | ours | beside it | ratio |\n| --- | --- | --- | --- |\n')
for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`)
process.exit(0)

function us(value: number): string {
  return `${value.toFixed(1)} us`
}
function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}
