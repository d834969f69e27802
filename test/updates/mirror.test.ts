import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { Failure, isFailure } from '../../src/failures.js'
import { systemClock } from '../../src/system-clock.js'
import type { Disk, Target, Transport } from '../../src/updates/contract.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { MAX_METADATA_MS, MAX_MIRRORED } from '../../src/updates/limits.js'
import { GIVEN_BACK_BYTES, openMirror } from '../../src/updates/mirror.js'
import { publishedPath } from '../../src/updates/paths.js'
import { httpTransport } from '../../src/updates/transports/http.js'
import { fileServer } from '../support/file-server.js'
import { manualClock } from '../support/manual-clock.js'
import { memoryDisk } from '../support/memory-disk.js'
import { recordingDisk } from '../support/recording-disk.js'

const { signal } = new AbortController()
const CHUNK_BYTES = 64 * 1024
const content = (bytes: number, seed = 1): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7919 * seed) & 255))

const targetOf = (bytes: Uint8Array): Target => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const version = '1.0.0'
  return {
    path: `tablets/dose/${sha256}.s2m`,
    line: 'tablets',
    id: 'dose',
    version,
    sha256,
    bytes: bytes.length,
    seq: 1,
    rollout: { percent: 100, salt: 's' },
    groups: [],
  }
}

const newDisk = () => memoryDisk(new Map([['/mirror/lock', new Uint8Array()]]))
const mirrorOf = (disk: Disk, transport: Transport, folder = '/mirror', clock = systemClock) => openMirror({ disk, folder, transport, clock })

/** Hands out one file in chunks, and says from where it was asked for. */
const source = (bytes: Uint8Array, onChunk: (at: number) => void = () => {}) => {
  const offsets: number[] = []
  const transport: Transport = {
    where: 'source',
    async *fetch(_path, offset) {
      offsets.push(offset)
      for (let at = offset; at < bytes.length; at += CHUNK_BYTES) {
        onChunk(at)
        yield bytes.subarray(at, at + CHUNK_BYTES)
      }
    },
  }
  return { offsets, transport }
}

t.test('cut off at each tenth, by a real server: it goes on where it was, and costs at most a chunk for each cut', async (t) => {
  const bytes = content(2_000_000)
  const target = targetOf(bytes)
  const path = publishedPath(target)
  const cuts = 9
  let left = cuts
  const server = await fileServer(t, {
    files: new Map([[`/repo/${path}`, bytes]]),
    etag: () => '"one"',
    // One more tenth of the whole each time.
    cut: () => (left-- > 0 ? bytes.length / 10 : null),
  })
  const folder = t.testdir()
  let attempts = 0
  for (;;) {
    attempts++
    // As after a restart: nothing but the disk is known.
    const mirror = mirrorOf(nodeDisk, httpTransport({ url: server.url, proxies: {} }), folder)
    const outcome = await mirror.target(target, { signal }).catch((error: unknown) => error)
    if (typeof outcome === 'string') {
      t.equal(outcome, join(folder, path))
      t.same(await nodeDisk.read(outcome), bytes)
      break
    }
    if (!isFailure(outcome, 'NETWORK_FAILED')) throw outcome
  }
  t.equal(attempts, cuts + 1)
  t.ok(server.sent <= bytes.length + cuts * CHUNK_BYTES, `${server.sent} bytes served of ${bytes.length}`)
})

t.test('what the mirror holds whole is not asked for again', async (t) => {
  const bytes = content(100_000)
  const { transport, offsets } = source(bytes)
  const disk = newDisk()
  const path = await mirrorOf(disk, transport).target(targetOf(bytes), { signal })
  t.equal(await mirrorOf(disk, transport).target(targetOf(bytes), { signal }), path)
  t.strictSame(offsets, [0])
})

t.test('a bundle in the mirror that was damaged since is fetched anew', async (t) => {
  const bytes = content(100_000)
  const { transport } = source(bytes)
  const disk = newDisk()
  const path = await mirrorOf(disk, transport).target(targetOf(bytes), { signal })
  await disk.write(path, content(100_000, 3))
  await mirrorOf(disk, transport).target(targetOf(bytes), { signal })
  t.same(await disk.read(path), bytes)
})

for (const [name, begun] of [
  ['zeros, as a power cut leaves them', new Uint8Array(70_000)],
  ['all of another file', content(200_000, 3)],
  ['more than the whole', content(300_000)],
] as const)
  t.test(`a part of ${name} costs one transfer from the beginning`, async (t) => {
    const bytes = content(200_000)
    const { transport, offsets } = source(bytes)
    const disk = newDisk()
    const target = targetOf(bytes)
    const part = `/mirror/${publishedPath(target)}.part`
    await disk.makeFolder(join(part, '..'))
    await disk.write(part, begun)
    const path = await mirrorOf(disk, transport).target(target, { signal })
    t.same(await disk.read(path), bytes)
    t.equal(offsets.at(-1), 0)
    t.equal(await disk.size(part), null)
  })

t.test('a part that was whole but not yet looked at is not asked for again', async (t) => {
  const bytes = content(200_000)
  const { transport, offsets } = source(bytes)
  const disk = newDisk()
  const part = `/mirror/${publishedPath(targetOf(bytes))}.part`
  await disk.makeFolder(join(part, '..'))
  await disk.write(part, bytes)
  await mirrorOf(disk, transport).target(targetOf(bytes), { signal })
  t.strictSame(offsets, [])
})

t.test('wrong bytes from the very beginning are not asked for a second time', async (t) => {
  const { transport, offsets } = source(content(1000, 3))
  await t.rejects(mirrorOf(newDisk(), transport).target(targetOf(content(1000)), { signal }), { code: 'TRUST_HASH' })
  t.strictSame(offsets, [0])
})

t.test('a file that ends too early is a failed transfer, and goes on from there', async (t) => {
  const bytes = content(200_000)
  const disk = newDisk()
  const short = source(bytes.subarray(0, 150_000))
  await t.rejects(mirrorOf(disk, short.transport).target(targetOf(bytes), { signal }), { code: 'NETWORK_FAILED', message: /150000 bytes/ })
  const { transport, offsets } = source(bytes)
  await mirrorOf(disk, transport).target(targetOf(bytes), { signal })
  t.strictSame(offsets, [150_000])
})

t.test('two slots that want the same bundle cost one transfer', async (t) => {
  const bytes = content(200_000)
  const { transport, offsets } = source(bytes)
  const mirror = mirrorOf(newDisk(), transport)
  const [one, other] = await Promise.all([mirror.target(targetOf(bytes), { signal }), mirror.target(targetOf(bytes), { signal })])
  t.equal(one, other)
  t.strictSame(offsets, [0])
})

t.test('who waits for the transfer of another slot is gone as soon as it is told to, and lets nobody past', async (t) => {
  const bytes = content(200_000)
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { transport, offsets } = source(bytes)
  const slow: Transport = {
    where: 'slow',
    async *fetch(...asked) {
      await held
      yield* transport.fetch(...asked)
    },
  }
  const mirror = mirrorOf(newDisk(), slow)
  const first = mirror.target(targetOf(bytes), { signal })
  const stop = new AbortController()
  const second = mirror.target(targetOf(bytes), { signal: stop.signal })
  stop.abort()
  await t.rejects(second, { code: 'ABORTED' })
  const third = mirror.target(targetOf(bytes), { signal })
  release()
  t.equal(await third, await first)
  t.strictSame(offsets, [0])
})

t.test('stopped by its owner it keeps what it has', async (t) => {
  const bytes = content(300_000)
  const stop = new AbortController()
  const disk = newDisk()
  const { transport } = source(bytes, (at) => at > 100_000 && stop.abort())
  await t.rejects(mirrorOf(disk, transport).target(targetOf(bytes), { signal: stop.signal }), { code: 'ABORTED' })
  t.ok(((await disk.size(`/mirror/${publishedPath(targetOf(bytes))}.part`)) ?? 0) > 100_000)
})

t.test('a full disk fails the fetch, which gives back room for what is measured, and the next attempt goes on', async (t) => {
  const bytes = content(GIVEN_BACK_BYTES + 400_000)
  const target = targetOf(bytes)
  const inner = newDisk()
  const { transport, offsets } = source(bytes)
  let full = true
  let appended = 0
  const disk = recordingDisk(inner, (operation) => {
    if (operation.kind !== 'append') return undefined
    appended += operation.bytes.length
    return full && appended > GIVEN_BACK_BYTES + 200_000 ? 'ENOSPC' : undefined
  })
  await t.rejects(mirrorOf(disk, transport).target(target, { signal }), /ENOSPC/)
  const kept = (await inner.size(`/mirror/${publishedPath(target)}.part`)) ?? 0
  t.ok(kept > 0 && kept <= appended - GIVEN_BACK_BYTES, `${kept} of ${appended}`)
  full = false
  t.same(await inner.read(await mirrorOf(disk, transport).target(target, { signal })), bytes)
  t.strictSame(offsets, [0, kept])
})

t.test('the mirror does not grow: bundles of long ago go, what was wanted last stays', async (t) => {
  const disk = newDisk()
  const all = Array.from({ length: MAX_MIRRORED + 4 }, (_, i) => content(1000, 2 * i + 1))
  const paths: string[] = []
  for (const bytes of all) paths.push(await mirrorOf(disk, source(bytes).transport).target(targetOf(bytes), { signal }))
  const left = [...disk.image().keys()].filter((path) => path.endsWith('.s2m'))
  t.ok(left.length <= MAX_MIRRORED, `${left.length} bundles`)
  t.ok(left.includes(paths.at(-1) ?? ''))
})

t.test('a bundle that is larger than any can be is not begun', async (t) => {
  const { transport, offsets } = source(content(10))
  await t.rejects(mirrorOf(newDisk(), transport).target({ ...targetOf(content(10)), bytes: 2 ** 40 }, { signal }), { code: 'BUNDLE_INVALID' })
  t.strictSame(offsets, [])
})

t.test('a server that hands out metadata without ever coming to an end of time is given up', async (t) => {
  const clock = manualClock()
  const transport: Transport = {
    where: 'slow',
    async *fetch(path, _offset, stop) {
      for (;;) {
        yield Uint8Array.of(1)
        await clock.advance(MAX_METADATA_MS / 4)
        if (stop.aborted) throw new Failure('ABORTED', { where: path })
      }
    },
  }
  await t.rejects(mirrorOf(newDisk(), transport, '/mirror', clock).metadata('timestamp.json', 1000, signal), {
    code: 'NETWORK_FAILED',
    message: new RegExp(`${MAX_METADATA_MS} ms`),
  })
})
