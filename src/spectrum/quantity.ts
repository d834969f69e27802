/**
 * What the numbers of a spectrum mean, in the order in which a measurement passes through them.
 * `counts`: raw detector counts. `counts-per-ms`: dark-corrected, divided by the exposure.
 * `reflectance` and `transmittance`: ratios, 1 is the reference (DESIGN section 1, "ratio").
 */
export const quantities = ['counts', 'counts-per-ms', 'reflectance', 'transmittance'] as const

export type Quantity = (typeof quantities)[number]
