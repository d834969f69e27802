import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { smoke, smokeKey } from '../../src/inference/smoke.js'
import { smokeAnswer, smokeGraph } from '../../src/inference/smoke-graph.js'
import { fixture } from '../support/tiny-model.js'

const child = (name: string) => new URL(`./fixtures/${name}.ts`, import.meta.url)

t.test('the engine answers rightly in a child process, also with a graph of the caller', async (t) => {
  await t.resolves(smoke(fixture('bumps')))
})

t.test('a graph that cannot be opened is told with the words of the child', async (t) => {
  await t.rejects(smoke(new TextEncoder().encode('not a graph')), { code: 'PART_MISSING', seen: /ended with 1: .*model\.onnx/ })
})

t.test('a child that an illegal instruction ends is told, and this process lives', async (t) => {
  await t.rejects(smoke(undefined, child('crash')), { code: 'PART_MISSING', seen: 'the child was ended by SIGILL', cure: /npm ci/ })
})

t.test('a wrong answer is told with what was right', async (t) => {
  await t.rejects(smoke(undefined, child('wrong')), { code: 'PART_MISSING', seen: /the answer 4000, 133\.5625.* where 5200\.03125/ })
})

t.test('a child that cannot start is told', async (t) => {
  await t.rejects(smoke(undefined, child('no-such-module')), { code: 'PART_MISSING', seen: /ended with 1: .*no-such-module/s })
})

t.test('the key changes with the flags of the processor and with nothing else that the kernel tells', async (t) => {
  const x64 = smokeKey('model name : A\nflags\t\t: fpu avx2 avx512_vnni\nbogomips : 1\n')
  t.match(x64, /^onnxruntime-node \d+\.\d+\.\d+, node \d+\.\d+\.\d+, \w+ [0-9a-f]{12}$/)
  t.equal(smokeKey('model name : B\nflags\t\t: fpu avx2 avx512_vnni\nbogomips : 2\n'), x64)
  t.not(smokeKey('flags\t\t: fpu avx2\n'), x64)
  t.not(smokeKey('Features\t: fp asimd\n'), smokeKey('Features\t: fp asimd asimddp\n'))
  t.equal(smokeKey(), smokeKey())
})

const python = '/usr/bin/python3'
const skip =
  existsSync(python) && existsSync('/usr/lib/python3/dist-packages/onnx') ? false : 'skipped: python3-onnx is absent; sudo apt install python3-onnx'

t.test('the smoke graph is the one that its script makes, and passes the checker of Debian', { skip }, async (t) => {
  const script = fileURLToPath(new URL('./fixtures/smoke-graph.py', import.meta.url))
  const [graph, answer] = execFileSync(python, [script], { encoding: 'utf8' }).trim().split('\n')
  t.equal(graph, Buffer.from(smokeGraph).toString('base64'))
  t.strictSame(JSON.parse(answer ?? ''), smokeAnswer)
})
