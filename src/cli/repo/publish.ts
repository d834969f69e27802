import { resolve } from 'node:path'
import { Command } from 'commander'
import { nodeFiles } from '../../repository/node-files.js'
import { publish } from '../../repository/publish.js'
import { verify } from '../../repository/verify.js'
import { publishedLines, say } from './say.js'
import { held } from './workplace.js'

/** `repo publish DIR --out FOLDER`. */
export const publishCommand = (): Command =>
  new Command('publish')
    .summary('copy what is in force into a folder for a web server or a USB stick')
    .argument('<dir>', 'the folder of the repository')
    .requiredOption('--out <folder>', 'the folder to fill; agents may read it meanwhile')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nKeys: none. Nothing is published that does not verify.\nFor example:\n  spectro2mqtt repo publish models-repo --out /var/www/models',
    )
    .action(async (dir: string, { out, json }: { out: string; json?: boolean }) => {
      const [directory, folder] = [resolve(dir), resolve(out)]
      const published = await held(directory, async () => {
        await verify(nodeFiles, directory, null)
        return publish(nodeFiles, directory, folder)
      })
      await verify(nodeFiles, folder, null)
      say(json, { out: folder, ...published }, publishedLines(folder, published))
    })
