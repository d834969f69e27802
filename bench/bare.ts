// The bare loaded parts: the libraries that the agent loads, each doing the least it can do, and none of our code but the bundle reader's bytes.
// Arguments: port of a broker, bundle file. Says 'ready' and then stays.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { connectAsync } from 'mqtt'
import { pino } from 'pino'
import { Subject } from 'rxjs'
import { ulid } from 'ulid'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadRuntime } from '../src/inference/onnx-engine.js'
import { readBundle } from '../src/models/bundle.js'

const [, , port, file = ''] = process.argv
const { graph } = readBundle(readFileSync(file))
const { InferenceSession } = await loadRuntime()
const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' })
const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
const database = join(mkdtempSync(join(tmpdir(), 'spectro2mqtt-bare-')), 'bare.db')
const worker = new Worker(
  `const { DatabaseSync } = require('@photostructure/sqlite'); const db = new DatabaseSync(${JSON.stringify(database)});
   db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)'); setInterval(() => {}, 1000)`,
  { eval: true },
)
const kept = { session, client, worker, log: pino({ enabled: false }), subject: new Subject(), id: ulid(), yaml: parse('a: 1'), schema: z.string() }
process.send?.(`ready ${Object.keys(kept).length}`)
