/**
 * The public table of flags. `reject`: the measurement is unfit and the verdict says so with this code as reason.
 * `inform`: the result stands, the flag tells. `by-policy`: the instrument's policy (`flag` or `refuse`) decides.
 */
export const flags = {
  saturated: { effect: 'reject', text: 'a pixel that the model uses reached the full scale of the detector' },
  'dark-missing': { effect: 'reject', text: 'no dark reference was measured at this exposure and these settings' },
  'white-missing': { effect: 'reject', text: 'no white reference was measured at these settings' },
  'dark-expired': { effect: 'by-policy', text: 'the dark reference is older, or from another temperature, than allowed' },
  'white-expired': { effect: 'by-policy', text: 'the white reference is older, or from another temperature, than allowed' },
  'setting-mismatch': { effect: 'reject', text: 'the instrument measured with other settings than were asked for' },
  'axis-mismatch': { effect: 'reject', text: 'the instrument does not measure all channels that the model needs' },
  'quantity-mismatch': { effect: 'reject', text: 'the model was made for another quantity or geometry' },
  'transfer-mismatch': { effect: 'reject', text: 'the transfer of this instrument was made for another model or another axis' },
  masked: { effect: 'reject', text: 'channels that the model needs hold no valid value' },
  degenerate: { effect: 'reject', text: 'the spectrum is flat or empty: nothing can be computed from it' },
  'engine-failed': { effect: 'reject', text: 'the engine of the model failed at this spectrum' },
  'no-model': { effect: 'reject', text: 'no model is loaded for this instrument' },
  'gate-weak': { effect: 'inform', text: 'the model knows its material from fewer than 40 objects: the gate is rough' },
  // By policy, as an expired reference is: the answers go on looking like answers while every band is read at the wrong place, and the
  // cure (a new axis, a transfer) is the same kind of act of the owner as a new dark.
  'axis-shift': { effect: 'by-policy', text: 'the bands stand over half a channel beside where the model learnt them' },
  extrapolated: { effect: 'inform', text: 'the value is outside the range that the model was trained on: it has no interval' },
  'interval-unavailable': { effect: 'inform', text: 'the model was calibrated on too few objects to bound its own error' },
  uncalibrated: { effect: 'inform', text: 'the instrument has no wavelength calibration: the axis is pixels' },
  'clock-unsynchronized': { effect: 'inform', text: 'the clock of the agent could not be trusted at this time' },
} as const satisfies Record<string, { effect: 'inform' | 'reject' | 'by-policy'; text: string }>

export type Flag = keyof typeof flags
export type ReferencePolicy = 'flag' | 'refuse'

/** The first flag, in the order of the table, that makes a measurement unfit under this policy; null if none does. */
export const rejecting = (raised: readonly Flag[], policy: ReferencePolicy): Flag | null =>
  (Object.keys(flags) as Flag[]).find(
    (flag) => raised.includes(flag) && (flags[flag].effect === 'reject' || (flags[flag].effect === 'by-policy' && policy === 'refuse')),
  ) ?? null
