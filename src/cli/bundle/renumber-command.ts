import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { Failure } from '../../failures.js'

interface Options {
  readonly out: string
  readonly json?: boolean
}

/** `bundle renumber FILE VERSION`: an update can be rehearsed before there is a second model to update to. */
export const renumberCommand = (): Command =>
  new Command('renumber')
    .summary('the same model under another version, to rehearse an update')
    .argument('<file>', 'the bundle, NAME.s2m')
    .argument('<version>', 'as 1.1.0')
    .requiredOption('--out <file>', 'the bundle to write, NAME.s2m')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nIt gives the same answers; only version and SHA-256 are others.\nFor example:\n  spectro2mqtt bundle renumber plastics.s2m 1.1.0 --out plastics-1.1.0.s2m',
    )
    .action(renumber)

const renumber = async (file: string, version: string, { out, json }: Options): Promise<void> => {
  const [{ readBundle, writeBundle }, { readBundleFile }] = await Promise.all([import('../../models/bundle.js'), import('../../models/load.js')])
  const { manifest, graph, golden } = readBundle(await readBundleFile(file), file)
  if (!/^\d+\.\d+\.\d+$/.test(version) || version === manifest.version)
    throw new Failure('USAGE', { where: 'version', seen: `"${version}"`, allowed: `a version like 1.1.0, another one than ${manifest.version}` })
  const bytes = writeBundle({ manifest: { ...manifest, version }, graph, golden })
  await writeFile(out, bytes).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `--out ${out}`, seen, cure: 'name a file in a folder that exists and can be written', cause })
  })
  const { sha256 } = readBundle(bytes, out)
  const told = { file: out, id: manifest.id, version, sha256, bytes: bytes.length }
  process.stdout.write(
    `${json ? JSON.stringify(told, null, 2) : `written: ${out}, ${manifest.id} ${version}, ${told.bytes} bytes, SHA-256 ${sha256}`}\n`,
  )
}
