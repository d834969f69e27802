import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../support/command.js'
import { drawnTablets, writeDataFolder } from '../support/data-folder.js'

const tablets = drawnTablets(2)
const table = (line: number, change: (cells: string[]) => string[]) => (lines: string[]) =>
  lines.map((text, i) => (i + 1 === line ? change(text.split(',')).join(',') : text))

/** What is wrong with a folder, and the place that the message must name. */
const bad: readonly { readonly what: string; readonly spoil: (lines: string[]) => string[]; readonly names: RegExp }[] = [
  {
    what: 'a missing label column',
    spoil: (lines) =>
      lines.map((line) =>
        line
          .split(',')
          .filter((_, i) => i !== 2)
          .join(','),
      ),
    names: /spectra\.csv\.gz, line 1, column 3: .*seen: "748"; allowed: "assay_mg": .*what to do: add the column "assay_mg"/,
  },
  {
    what: 'the word NaN among the numbers',
    spoil: table(3, (cells) => cells.with(5, 'NaN')),
    names: /spectra\.csv\.gz, line 3, column "752\.76": .*seen: "NaN"; allowed: a finite number, or an empty cell/,
  },
  {
    what: 'an axis that does not ascend',
    spoil: table(1, (cells) => cells.with(4, '748')),
    names: /spectra\.csv\.gz, line 1, column 5: .*seen: axis value 748 after 748; allowed: strictly ascending/,
  },
  {
    what: 'a row that was cut off',
    spoil: table(3, (cells) => cells.slice(0, 40)),
    names: /spectra\.csv\.gz, line 3: .*seen: 40 cells; allowed: 395/,
  },
  { what: 'a table that was cut off', spoil: (lines) => lines.slice(0, 2), names: /spectra\.csv\.gz: .*seen: 1 spectra; allowed: 2, as "rows"/ },
]

for (const { what, spoil, names } of bad)
  t.test(`the demo refuses ${what} with 65, one sentence and nothing left behind`, async (t) => {
    const folder = t.testdir({ tmp: {} })
    const data = writeDataFolder(join(folder, 'data'), tablets, spoil)
    const { code, out, err } = await runCommand(['demo', '--port', '0', '--data', data], join(folder, 'tmp'))
    t.equal(code, 65)
    t.match(err, names)
    t.equal(err.split('\n').length, 1, err)
    t.equal(out, '')
    t.strictSame(readdirSync(join(folder, 'tmp')), [])
  })

t.test('the demo refuses a folder that is none, and one whose meta.json misses a key', async (t) => {
  const folder = t.testdir({})
  const none = await runCommand(['demo', '--port', '0', '--data', join(folder, 'nowhere')], folder)
  t.equal(none.code, 65)
  t.match(none.err, /nowhere\/meta\.json: .*seen: no such file; allowed: a data set folder holds meta\.json and spectra\.csv\.gz/)
  const data = writeDataFolder(join(folder, 'data'), tablets)
  writeFileSync(join(data, 'meta.json'), JSON.stringify({ ...tablets.meta, quantity_kind: 'absorbence' }))
  const misspelt = await runCommand(['demo', '--port', '0', '--data', data], folder)
  t.equal(misspelt.code, 65)
  t.match(misspelt.err, /meta\.json, key "quantity_kind": .*absorbance/)
})

t.test('the demo refuses options that cannot be', async (t) => {
  const folder = t.testdir({})
  for (const [args, said] of [
    [['--port', '65536'], /allowed: 0 to 65535/],
    [['--port', 'x'], /allowed: 0 to 65535/],
    [['--dta', 'x'], /unknown option '--dta'[\s\S]*--data/],
    [['extra'], /too many arguments/],
  ] as const) {
    const { code, err } = await runCommand(['demo', ...args], folder)
    t.equal(code, 64, args.join(' '))
    t.match(err, said)
  }
})
