import { Command } from 'commander'

/** `bundle inspect FILE`: what a bundle is, without running it. */
export const inspectCommand = (): Command =>
  new Command('inspect')
    .summary('what a bundle is: material, instrument, chain, gate, figures, data, identity')
    .argument('<file>', 'the bundle, NAME.s2m')
    .option('--json', 'the whole manifest, hashes and sizes as one JSON document on standard output')
    .addHelpText('after', '\nNothing of the bundle runs.\nFor example:\n  spectro2mqtt bundle inspect plastics.s2m')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const [{ readBundle }, { readBundleFile }, { summaryOf }] = await Promise.all([
        import('../../models/bundle.js'),
        import('../../models/load.js'),
        import('./summary.js'),
      ])
      const bytes = await readBundleFile(file)
      const bundle = readBundle(bytes, file)
      const { manifest, sha256, graph, golden } = bundle
      const sizes = { file, sha256, bytes: bytes.length, graphBytes: graph.length, goldenCases: golden.cases.length }
      process.stdout.write(`${json ? JSON.stringify({ ...sizes, manifest }, null, 2) : summaryOf(bundle, sizes)}\n`)
    })
