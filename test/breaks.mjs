// npm run breaks: each promise of test/breaks.json is broken on purpose, once, and the test that guards it must then fail.
// Rows are tried in copies of the project, so that a stopped run leaves nothing behind. Prints `N caught, N missed`.
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
/** Copies worked in at once: one a core. */
const COPIES = 2
/** Milliseconds after which a hanging test counts as failed: it did notice. */
const TEST_MS = 120_000

// In CI the whole suite has just passed: `--passed` leaves out the runs that only show that each test passes unbroken.
const known = process.argv.includes('--passed')
const wanted = process.argv.slice(2).filter((part) => !part.startsWith('--'))
const rows = JSON.parse(readFileSync(join(root, 'test/breaks.json'), 'utf8')).filter(
  ({ file, test }) => wanted.length === 0 || wanted.some((part) => file.includes(part) || test.includes(part)),
)

const copyOfProject = () => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-breaks-'))
  // Some tests read it as another user.
  chmodSync(folder, 0o755)
  for (const part of [
    'src',
    'drivers',
    'models',
    'bench',
    'test',
    'config',
    'docs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    '.taprc',
    'README.md',
  ])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  for (const linked of ['node_modules']) symlinkSync(join(root, linked), join(folder, linked))
  return folder
}

const run = (folder, command, args) =>
  new Promise((done) => {
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TAP_RCFILE: join(folder, '.taprc') },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => {
        output = (output + bytes).slice(-4000)
      })
    const timer = setTimeout(() => child.kill('SIGTERM'), TEST_MS)
    child.once('close', (code) => {
      clearTimeout(timer)
      done({ code, output })
    })
  })

/** Ends at the first failure: one is enough to know that the test noticed. */
const tap = (folder, test) => run(folder, process.execPath, [join(root, 'node_modules/tap/dist/esm/run.mjs'), '--reporter=terse', '--bail', test])
/** System tests start the built agent, so what they guard must be built broken: the one file that changed, as the whole was. */
const emit = (folder, file) => {
  if (!file.endsWith('.ts')) return
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
  const { outputText } = ts.transpileModule(readFileSync(join(folder, file), 'utf8'), { fileName: file, compilerOptions })
  writeFileSync(join(folder, 'dist', file.replace(/\.ts$/, '.js')), outputText)
}
const build = (folder) => run(folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--noCheck'])

const tryRow = async (folder, { promise, file, line, replacement, test }) => {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const places = text.split('\n').filter((candidate) => candidate.trim() === line.trim()).length
  if (places !== 1) return { promise, file, verdict: 'missed', why: `the line stands ${places} times in ${file}` }
  writeFileSync(
    path,
    text
      .split('\n')
      .map((candidate) => (candidate.trim() === line.trim() ? replacement : candidate))
      .join('\n'),
  )
  try {
    if (test.startsWith('test/system/')) emit(folder, file)
    const { code } = await tap(folder, test)
    return { promise, file, verdict: code === 0 ? 'missed' : 'caught', why: code === 0 ? `${test} still passes` : '' }
  } finally {
    writeFileSync(path, text)
    if (test.startsWith('test/system/')) emit(folder, file)
  }
}

const folders = Array.from({ length: COPIES }, copyOfProject)
const results = []
try {
  await Promise.all(folders.map((folder) => build(folder)))
  const soundTests = known ? [] : [...new Set(rows.map(({ test }) => test))]
  const queue = [...rows.map((row) => ({ row })), ...soundTests.map((test) => ({ sound: test }))]
  await Promise.all(
    folders.map(async (folder) => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const result = next.row
          ? await tryRow(folder, next.row)
          : await tap(folder, next.sound).then(({ code, output }) => ({
              promise: `${next.sound} passes unbroken`,
              file: next.sound,
              verdict: code === 0 ? 'sound' : 'missed',
              why: output,
            }))
        results.push(result)
        process.stdout.write(`${result.verdict}: ${result.promise} (${result.file})${result.verdict === 'missed' ? `\n  ${result.why}` : ''}\n`)
      }
    }),
  )
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
const count = (verdict) => results.filter((result) => result.verdict === verdict).length
process.stdout.write(`${count('caught')} caught, ${count('missed')} missed\n`)
process.exitCode = count('missed') === 0 ? 0 : 1
