import type { Bench, Family, Fitted, LinearBench } from '../contract.js'
import { type KernelBench, openKernelBench } from '../kernel/bench.js'
import { openLinearBench } from '../linear/bench.js'

/** All families on the prepared spectra of one chain. */
export type ModelBench = Bench<Family, Fitted>

/**
 * The linear bench and that of kernel Ridge as one, each opened when its family is first asked for.
 * @throws Failure as the two do, at the first question.
 */
export const openBench = (rows: readonly Float64Array[]): ModelBench => {
  let linear: LinearBench | null = null
  let kernel: KernelBench | null = null
  const linearOnes = () => {
    linear ??= openLinearBench(rows)
    return linear
  }
  const kernelOnes = () => {
    kernel ??= openKernelBench(rows)
    return kernel
  }
  return {
    rows: rows.length,
    channels: rows[0]?.length ?? 0,
    settings: (family, count) => (family === 'kernel-ridge' ? kernelOnes().settings(family, count) : linearOnes().settings(family, count)),
    answers: (family, targets, train, test) =>
      family === 'kernel-ridge' ? kernelOnes().answers(family, targets, train, test) : linearOnes().answers(family, targets, train, test),
    fit: (family, setting, targets, train) =>
      family === 'kernel-ridge' ? kernelOnes().fit(family, setting, targets, train) : linearOnes().fit(family, setting, targets, train),
  }
}
