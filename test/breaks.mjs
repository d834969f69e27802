// npm run breaks: each promise of test/breaks.json is broken on purpose, once, and the test that guards it must then fail.
// Rows are tried in copies of the project, so that a stopped run leaves nothing behind. The copies are emitted to JavaScript once, and for each row the
// one file that it changes; its test then runs on that, without tap's runner and TypeScript (test/breaks-loader.mjs). Each named test must first
// pass unbroken in the same way: one that could not run so would otherwise catch everything. Prints `N caught, N missed`.
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
/** Copies worked in at once: one more than CI has cores, since many tests wait for a process or a broker. */
const COPIES = 3
/** Milliseconds after which a hanging test counts as failed: it did notice. */
const TEST_MS = 120_000
/** Seconds that tap gives a file: a broken one is known by then, and a sound one must not fail because the machine is busy. */
const BROKEN_S = 30
const SOUND_S = 110

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

/** Tests under way: each leads a group of processes. */
const running = new Set()
const endGroup = (leader) => {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** Ends at the first failure: one is enough to know that the test noticed. */
const run = (folder, test, seconds) =>
  new Promise((done) => {
    const child = spawn(process.execPath, [`--import=${join(folder, 'test/breaks-loader.mjs')}`, test], {
      cwd: folder,
      // A group of its own: a test that ends at its first failure leaves the broker or agent that it started.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TAP_BAIL: '1', TAP_TIMEOUT: String(seconds) },
    })
    running.add(child.pid)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => {
        output = (output + bytes).slice(-4000)
      })
    let hung = false
    const timer = setTimeout(() => {
      hung = true
      endGroup(child.pid)
    }, TEST_MS)
    child.once('exit', () => {
      endGroup(child.pid)
      running.delete(child.pid)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      done({ passed: code === 0 && !hung, hung, output })
    })
  })

const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
/** One file into `dist/`, from where the sources are run and the agents of the system tests are started. Says what is wrong where it does not parse. */
const emit = (folder, file) => {
  if (!file.endsWith('.ts')) return ''
  const input = { fileName: file, compilerOptions, reportDiagnostics: true }
  const { outputText, diagnostics = [] } = ts.transpileModule(readFileSync(join(folder, file), 'utf8'), input)
  const path = join(folder, 'dist', file.replace(/\.ts$/, '.js'))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, outputText)
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('; ')
}
const emitAll = (folder) => {
  for (const room of ['src', 'drivers', 'models', 'bench', 'test'])
    for (const file of readdirSync(join(folder, room), { recursive: true })) if (file.endsWith('.ts')) emit(folder, join(room, file))
}

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
    const wrong = emit(folder, file)
    if (wrong !== '') return { promise, file, verdict: 'missed', why: `the replacement does not parse: ${wrong}` }
    const { passed, hung } = await run(folder, test, BROKEN_S)
    return { promise, file, verdict: passed ? 'missed' : 'caught', why: passed ? `${test} still passes` : hung ? 'the test hung' : '' }
  } finally {
    writeFileSync(path, text)
    emit(folder, file)
  }
}

const folders = Array.from({ length: COPIES }, copyOfProject)
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    for (const leader of running) endGroup(leader)
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    process.exit(signal === 'SIGINT' ? 130 : 143)
  })
const results = []
try {
  const [first = '', ...others] = folders
  emitAll(first)
  for (const folder of others) cpSync(join(first, 'dist'), join(folder, 'dist'), { recursive: true })
  const soundTests = [...new Set(rows.map(({ test }) => test))]
  const queue = [...rows.map((row) => ({ row })), ...soundTests.map((test) => ({ sound: test }))]
  await Promise.all(
    folders.map(async (folder) => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const result = next.row
          ? await tryRow(folder, next.row)
          : await run(folder, next.sound, SOUND_S).then(({ passed, output }) => ({
              promise: `${next.sound} passes unbroken`,
              file: next.sound,
              verdict: passed ? 'sound' : 'missed',
              why: output,
            }))
        results.push(result)
        process.stdout.write(
          `${result.verdict}: ${result.promise} (${result.file})${result.why === '' || result.verdict === 'sound' ? '' : `\n  ${result.why}`}\n`,
        )
      }
    }),
  )
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
const count = (verdict) => results.filter((result) => result.verdict === verdict).length
process.stdout.write(`${count('caught')} caught, ${count('missed')} missed\n`)
process.exitCode = count('missed') === 0 ? 0 : 1
