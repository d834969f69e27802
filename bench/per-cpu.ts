/**
 * Spectra per second of processor time, the best of several goes: what else runs on the machine takes wall time, not this.
 * @param all works on `count` spectra
 */
export const perCpuSecond = (all: () => void, count: number, { goes, seconds }: { readonly goes: number; readonly seconds: number }): number => {
  const rates = Array.from({ length: goes }, () => {
    const start = process.cpuUsage()
    const spent = () => {
      const { user, system } = process.cpuUsage(start)
      return (user + system) / 1e6
    }
    let done = 0
    for (; spent() < seconds; done += count) all()
    return done / spent()
  })
  return Math.max(...rates)
}
