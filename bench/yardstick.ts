import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { startFeed } from './feed.js'
import { startMosquitto } from './processes.js'

/** Spectra that the peer is given flooded, and at 100 a second. */
const FLOOD = 5000
const CALM = 1000
const CALM_PER_S = 100

const printed = z.object({ spectraPerS: z.number(), p50Ms: z.number(), p99Ms: z.number(), startToFirstS: z.number() })
const script = fileURLToPath(new URL('../../bench/yardstick/agent.py', import.meta.url))

/** The Python agent beside ours: its rate flooded, its latency at 100 a second. Needs Debian's python3-numpy, python3-scipy, python3-paho-mqtt. */
export const timeYardstick = async () => {
  const flood = await run(FLOOD, 0)
  const calm = await run(CALM, CALM_PER_S)
  return { spectraPerS: flood.spectraPerS, p50Ms: calm.p50Ms, p99Ms: calm.p99Ms, startToFirstS: flood.startToFirstS }
}

const run = async (count: number, rate: number) => {
  const broker = await startMosquitto()
  const feed = await startFeed(count, rate)
  try {
    // One thread for numpy: more only wait for each other at this size.
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1' }
    const { stdout } = await promisify(execFile)('/usr/bin/python3', [script, String(feed.port), String(broker.port), String(count)], { env })
    return printed.parse(JSON.parse(stdout))
  } finally {
    feed.close()
    await broker.stop()
  }
}
