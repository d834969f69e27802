import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import { bindModel } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import type { LoadedModel } from '../../src/models/open.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { floatGraph } from '../../src/training/onnx/float-graph.js'
import { randomNet } from '../../src/training/onnx/net.js'
import type { Phase } from '../../src/updates/contract.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { createInstaller } from '../../src/updates/installer.js'
import { createSelfTest, type SelfTest } from '../../src/updates/selftest.js'
import { openSlot } from '../../src/updates/slot.js'
import type { Judged } from '../../src/updates/trial.js'
import { heed } from '../../src/updates/verbs.js'
import { endless, offerOf, offers, UNDER } from './install-rig.js'
import { manualClock } from './manual-clock.js'
import { tinyAxis, transmittance } from './tiny-model.js'

const boot = 'boot-1'

/** What an instrument sees: the three materials in turn. */
const answerOf = (model: LoadedModel): ((i: number) => Promise<Judged>) => {
  const quantity = 'transmittance'
  const binding = bindModel(model, { axis: tinyAxis, quantity }, 'refuse', () => performance.now())
  return async (i) => {
    const ratio = Float64Array.from(transmittance(i % 3, 0.01, i))
    const prepared = binding.prepare({
      measurement: { axis: tinyAxis, saturated: new Uint8Array(tinyAxis.values.length) },
      ratio,
      quantity,
      flags: [],
    })
    const inferred = await binding.infer(prepared)
    return {
      answer: binding.decide(inferred),
      inferMs: prepared.prepareMs + inferred.inferMs,
      finite: inferred.values === null || inferred.scores !== null,
    }
  }
}

/** For what comes after the self-test. */
export const passes: SelfTest = async () => ({ p95Ms: 1 })

/** A slot on a real disk, with a real self-test, in which the models really answer. */
export const agentOn = async (folder: string, bundle: Uint8Array, selfTest = createSelfTest()) => {
  const { factory } = await offers()
  const offer = offerOf(bundle, readBundle(bundle).manifest.version, 3)
  const factoryPath = join(dirname(folder), 'factory.s2m')
  const mirrored = join(dirname(folder), 'mirrored.s2m')
  writeFileSync(factoryPath, factory)
  writeFileSync(mirrored, bundle)
  const place = { disk: nodeDisk, folder: join(folder, 'models', 'default'), factory: factoryPath, boot }
  const slot = await openSlot({ ...place, load: loadBundle })
  let running = slot.model
  const clock = manualClock()
  const installer = createInstaller({
    ...place,
    clock,
    record: slot.record,
    trial: { spectra: 50, results: 60, ms: 0 },
    fetch: async () => mirrored,
    selfTest,
    refresh: () => {},
    tell: () => {},
    changed: () => {},
    host: {
      answer: async ({ path }) => {
        const before = running
        running = await loadBundle(path)
        await before.close()
      },
      fits: () => null,
      async *shadow(candidate, signal) {
        const [old, fresh] = [answerOf(running), answerOf(candidate)]
        for await (const i of endless((n) => n, signal)) yield { old: await old(i), candidate: await fresh(i) }
      },
      async *results(signal) {
        const answer = answerOf(running)
        for await (const i of endless((n) => n, signal)) yield answer(i)
      },
    },
  })
  await installer.order((record) => heed(record, offer.target, UNDER, boot))
  const ended = async (ends: readonly Phase[] = ['committed', 'rejected', 'rolled-back']) => {
    while (!ends.includes(installer.report().record.phase)) await setTimeout(5)
    return installer.report()
  }
  return { installer, clock, offer, ended, place, close: () => running.close() }
}

export const refusedForGood = async (t: Test, agent: Awaited<ReturnType<typeof agentOn>>, code: string, text: RegExp): Promise<void> => {
  const { record } = await agent.ended()
  t.match(record, { reason: { code, cause: 'model', text }, active: null, target: null, denied: [agent.offer.target.sha256] })
  await agent.clock.advance(24 * 3_600_000)
  t.strictSame(agent.installer.report().record, record, 'it is not tried again')
  const opened = await openSlot({ ...agent.place, load: loadBundle })
  t.equal(opened.answering.side, null, 'the model before answers')
  await opened.model.close()
  await agent.close()
}

/** A graph for bundles with three labels, with random weights; the tiny chain feeds eight channels. */
export const graphOf = (convs: readonly { readonly width: number; readonly channels: number }[], inputs = 8): Uint8Array =>
  floatGraph(randomNet({ inputs, convs: convs.map((conv) => ({ ...conv, pool: 1 as const })), denses: [3] }, seededRandom(5)))
