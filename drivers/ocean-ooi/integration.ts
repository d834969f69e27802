import { Failure } from '../../src/failures.js'
import type { AcquisitionSettings } from '../../src/instruments/contract.js'
import type { OoiRow } from './description.js'

/** One exposure as it is sent, in the model's unit, and in microseconds. */
export interface Integration {
  readonly value: number
  readonly us: number
}

/** A finer step than a millisecond ends where the instrument says so; microseconds. */
const COARSE_STEP_US = 1000

/**
 * The exposure that comes next to the one asked for.
 * @throws Failure SETTING_REFUSED outside the model's limits, and for gain or binning: these instruments have none.
 */
export const integrationFor = (
  { integrationUs, gain, binning }: AcquisitionSettings,
  { model, integrationUs: limits, wire }: OoiRow,
  where: string,
): Integration => {
  const { min, max, step } = limits
  if (!(integrationUs >= min && integrationUs <= max))
    throw new Failure('SETTING_REFUSED', { where, seen: `an exposure of ${integrationUs} us`, allowed: `${min} to ${max} us for a ${model}` })
  if (gain !== null) throw new Failure('SETTING_REFUSED', { where, seen: `gain ${gain}`, allowed: 'null: this family has no gain' })
  if (binning !== null) throw new Failure('SETTING_REFUSED', { where, seen: `binning ${binning}`, allowed: 'null: this family does not bin' })
  const wanted = wire.coarseAboveUs !== undefined && integrationUs > wire.coarseAboveUs ? COARSE_STEP_US : step
  const us = within(Math.round(integrationUs / wanted) * wanted, limits, wanted)
  return { value: us / wire.unitUs, us }
}

/** Rounding must not leave the limits: 7200 us at steps of 1000 is 8000, not 7000. */
const within = (us: number, { min, max }: OoiRow['integrationUs'], step: number): number => (us < min ? us + step : us > max ? us - step : us)
