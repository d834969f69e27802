import { Command } from 'commander'
import { asFailure } from '../../failures.js'

interface Check {
  readonly check: string
  readonly ok: boolean
  /** What was found, or the failure. */
  readonly text: string
}

/** `bundle verify FILE`: everything that the agent asks of a bundle before it answers, check by check. */
export const verifyCommand = (): Command =>
  new Command('verify')
    .summary('check a bundle on this machine: hashes, parts, graph, golden answers')
    .argument('<file>', 'the bundle, NAME.s2m')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExit code 0: the agent can use it here; 65: it cannot, and the last line says why.\nIt proves no origin: signatures do.\nFor example:\n  spectro2mqtt bundle verify plastics.s2m',
    )
    .action(async (file: string, { json }: { json?: boolean }) => {
      const checks: Check[] = []
      const tell = (one: Check) => {
        checks.push(one)
        if (!json) process.stdout.write(`${one.ok ? 'OK  ' : 'BAD '} ${one.check}: ${one.text}\n`)
      }
      let sha256: string | null = null
      try {
        for await (const passed of checked(file)) {
          sha256 = passed.sha256
          tell({ check: passed.check, ok: true, text: passed.text })
        }
      } catch (error) {
        const failure = asFailure(error, 'BUNDLE_INVALID', file)
        tell({ check: failure.code === 'BUNDLE_SELFTEST' ? 'golden answers' : 'bundle', ok: false, text: failure.message })
        throw failure
      } finally {
        if (json) process.stdout.write(`${JSON.stringify({ file, sha256, ok: checks.every(({ ok }) => ok), checks }, null, 2)}\n`)
      }
    })

/** Each check as it passes. @throws Failure at the first that does not. */
async function* checked(file: string): AsyncGenerator<{ readonly check: string; readonly text: string; readonly sha256: string }> {
  const [{ readBundle }, { readBundleFile }, { openModel }, { checkGoldenAnswers }] = await Promise.all([
    import('../../models/bundle.js'),
    import('../../models/load.js'),
    import('../../models/open.js'),
    import('../../models/golden.js'),
  ])
  const bytes = await readBundleFile(file)
  const bundle = readBundle(bytes, file)
  const { manifest, golden, sha256, graph, prepared } = bundle
  yield { check: 'file', text: `${bytes.length} bytes, format ${manifest.format}, its seal holds`, sha256 }
  yield { check: 'hashes', text: `graph and golden spectra are those of ${manifest.id} ${manifest.version}`, sha256 }
  yield { check: 'parts', text: 'labels, chain, gate and calibration scores fit each other', sha256 }
  const model = await openModel(bundle, undefined, file)
  try {
    yield {
      check: 'graph',
      text: `${graph.length} bytes, ${prepared.values.length} channels in, ${manifest.outputs.labels.length} out, opens here`,
      sha256,
    }
    await checkGoldenAnswers({ ...model, bundle }, file)
    yield { check: 'golden answers', text: `${golden.cases.length} spectra answered as when it was made`, sha256 }
  } finally {
    await model.close()
  }
}
