import type { Settings } from '../../settings/schema.js'
import { type Check, type Checked, type Finding, ok, perform, warn } from './check.js'

/** Milliseconds for the child with the engine, and for each bundle after it: together well under 15 s. */
const ENGINE_MS = 7000
const BUNDLE_MS = 6500

const engine: Check = {
  name: 'engine',
  // The child is ended a little earlier, and says why.
  deadlineMs: ENGINE_MS + 500,
  run: async () => {
    const { smoke, smokeKey } = await import('../../inference/smoke.js')
    await smoke(undefined, undefined, ENGINE_MS)
    return ok(`${smokeKey()}: right answers in a child process`)
  },
}

const bundleFinding = async (file: string): Promise<Finding> => {
  const { loadBundle } = await import('../../models/load.js')
  const model = await loadBundle(file)
  const { id, version } = model.bundle.manifest
  await model.close()
  return ok(`${id} ${version}, SHA-256 ${model.bundle.sha256.slice(0, 12)}, gives its golden answers`)
}

/**
 * The engine first, in a child: what it lacks would end this process. Then each bundle as the agent would load it.
 * @param models null where the configuration cannot be read
 */
export const checkModels = async (models: Settings['models'] | null, done: (checked: Checked) => void): Promise<readonly Checked[]> => {
  const told = (checked: Checked): Checked => {
    done(checked)
    return checked
  }
  const first = told(await perform(engine))
  if (models === null) return [first]
  const slots = Object.entries(models)
  if (slots.length === 0)
    return [first, told({ name: 'models', ...warn('none is configured: nothing will be judged', 'name one: models: {default: {bundle: FILE.s2m}}') })]
  const rest = slots.map(async ([slot, { bundle }]) => {
    const name = `model ${slot}`
    if (first.status === 'fail') return told({ name, ...warn(`${bundle} was not tried: the engine does not work`, 'see to the engine first') })
    return told(await perform({ name, deadlineMs: BUNDLE_MS, run: () => bundleFinding(bundle) }))
  })
  return [first, ...(await Promise.all(rest))]
}
