import { join } from 'node:path'
import { asFailure, type Failure } from '../failures.js'
import { type Bundle, readBundle } from '../models/bundle.js'
import { loadBundle, readBundleFile } from '../models/load.js'
import type { Settings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import type { Disk, Installed } from '../updates/contract.js'
import { openSlot } from '../updates/slot.js'
import type { SlotOptions } from '../updates/updates-contract.js'
import { createModelSlot, type ModelSlot } from './model-slot.js'

export interface OpenSlotsOptions {
  readonly settings: Pick<Settings, 'models' | 'state'>
  readonly disk: Disk
  readonly boot: string
  readonly clock: Clock
  readonly agentVersion: string
  readonly swapped: (slot: string, bundle: Bundle) => void
  /** What was found and mended on the way. */
  readonly tell: (failure: Failure) => void
}

/** A slot that can answer, and what installs need to know of it. */
export interface OpenedSlot {
  readonly slot: ModelSlot
  readonly updates: SlotOptions
}

/**
 * Every slot with what answers in it after this start: what was installed last, or the factory bundle. Each bundle is read whole and gives its golden
 * answers before the first spectrum.
 * @throws Failure BUNDLE_INVALID, BUNDLE_SELFTEST, PART_MISSING of a factory bundle
 */
export const openSlots = async (options: OpenSlotsOptions): Promise<ReadonlyMap<string, OpenedSlot>> => {
  const { settings, disk, boot, clock, agentVersion, swapped, tell } = options
  const opened = new Map<string, OpenedSlot>()
  try {
    for (const [name, { bundle: factory }] of Object.entries(settings.models)) {
      const place = { disk, folder: join(settings.state.directory, 'models', name), factory, boot }
      const { record, found, model, answering, told } = await openSlot({ ...place, load: loadBundle })
      told.forEach(tell)
      const slot = createModelSlot({ name, model, clock, agentVersion, swapped: ({ bundle }) => swapped(name, bundle) })
      const installed = answering.side === null ? installedOf(model.bundle) : await factoryOf(factory, tell)
      opened.set(name, { slot, updates: updatesOf(slot, { name, record, found, factory, installed }) })
    }
    return opened
  } catch (error) {
    for (const { slot } of opened.values()) await slot.close()
    throw error
  }
}

/** The operator may have put another file there since: after a step back the factory bundle is the one that was read then. */
const updatesOf = (slot: ModelSlot, { installed: first, ...rest }: Omit<SlotOptions, 'host'>): SlotOptions => {
  let installed = first
  const answer: SlotOptions['host']['answer'] = async (answering) => {
    await slot.host.answer(answering)
    const { model } = slot.seat
    if (answering.side === null && model) installed = installedOf(model.bundle)
  }
  return {
    ...rest,
    host: { ...slot.host, answer },
    get installed() {
      return installed
    },
  }
}

/** What a rollback would come to, while something else answers. */
const factoryOf = async (path: string, tell: (failure: Failure) => void): Promise<Installed | null> => {
  try {
    return installedOf(readBundle(await readBundleFile(path), path))
  } catch (error) {
    tell(asFailure(error, 'BUNDLE_INVALID', path))
    return null
  }
}

const installedOf = ({ manifest: { id, version }, sha256 }: Bundle): Installed => ({ id, version, sha256, seq: null })
