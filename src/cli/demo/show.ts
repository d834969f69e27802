import type { LightPath } from '../../emulation/light-path.js'
import type { Result } from '../../spectrum/result.js'
import type { Client } from './client.js'
import type { Printer } from './printer.js'
import { dimming, WHITE_DENSITY } from './stage.js'
import { storyboard } from './storyboard.js'
import type { Subjects } from './subjects.js'

/** Results refused for an expired dark before it is measured anew. */
const EXPIRED_SHOWN = 2

export interface ShowOptions {
  readonly client: Client
  readonly light: LightPath
  readonly subjects: Subjects
  readonly printer: Printer
  readonly write: (line: string) => void
}

/** What the demo does with lamp, shutter and samples; it asks the agent by requests, as any integrator would. */
export const createShow = ({ client, light, subjects, printer, write }: ShowOptions) => {
  const dim = Math.min(dimming(subjects), WHITE_DENSITY)
  const density = Math.round((WHITE_DENSITY - dim) * 100) / 100
  const next = storyboard(subjects, density)
  const share = 10 ** -dim
  let expired = 0
  let renewing = false
  let misfitTold = false

  const dark = async () => {
    light.show({ kind: 'dark' })
    await client.request('dark', {})
  }
  const samples = () =>
    light.replay(() => {
      const { name, ratio } = next()
      return { name, ratio: ratio.map((value) => value * share) }
    })
  const renew = async () => {
    renewing = true
    write('  The dark has expired, so nothing is answered. The shutter closes: measuring it anew.')
    await dark()
    samples()
    expired = 0
    renewing = false
  }
  const sayWhy = ({ reason }: Result) => {
    if (reason !== 'axis-mismatch' || misfitTold) return
    misfitTold = true
    write('  The model was made for other spectra than these: they lack channels that it needs, or have another axis. Every answer is refused.')
  }
  const pass = () => {
    const { accepted, unknown, rejected } = printer.counts
    if (subjects.pass !== null && (accepted + unknown + rejected) % subjects.pass === 0)
      write(`  One pass: ${accepted} accepted, ${unknown} unknown, ${rejected} rejected. It starts again.`)
  }
  const onResult = async (result: Result): Promise<void> => {
    if (!printer.result(result)) return
    sayWhy(result)
    pass()
    if (result.reason === 'dark-expired') expired++
    if (expired >= EXPIRED_SHOWN && !renewing) await renew()
  }

  return {
    /** Dark, then white. */
    async references(): Promise<void> {
      write('  The shutter closes: measuring the dark.')
      await dark()
      write(`  The light path is empty${density > 0 ? `, behind a filter of optical density ${density}` : ''}: measuring the white.`)
      light.show({ kind: 'white', density: WHITE_DENSITY })
      await client.request('white', { density })
      write('')
    },
    /** Samples without end; rejects when a request of its own fails. */
    play: (): Promise<never> =>
      new Promise((_, reject) => {
        client.onResult((result) => {
          onResult(result).catch(reject)
        })
        samples()
      }),
  }
}
