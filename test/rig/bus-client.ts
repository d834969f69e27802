import { type ChildProcess, fork } from 'node:child_process'
import type { Order } from './bus-process.js'

/** The fake bus, played by a process of its own: whoever waits for a file of FUSE must not be the one that serves it. */
export interface BusClient {
  plug(path: string, emulator: string, options?: { readonly model?: string; readonly serial?: string; readonly mode?: number }): Promise<void>
  unplug(path: string): Promise<void>
  misbehave(path: string, fault: string, times: number): Promise<void>
  close(): Promise<void>
}

export const startBusProcess = async (): Promise<BusClient> => {
  const child = fork(new URL('./bus-process.ts', import.meta.url))
  const orders = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  let last = 0
  const answered = (id: number) => new Promise<void>((resolve, reject) => orders.set(id, { resolve, reject }))
  child.on('message', ({ id, error }: { id: number; error?: string }) => {
    const order = orders.get(id)
    orders.delete(id)
    if (error === undefined) order?.resolve()
    else order?.reject(new Error(error))
  })
  child.once('exit', (code) => {
    for (const { reject } of orders.values()) reject(new Error(`the bus ended with ${code}`))
  })
  await answered(0)
  const send = (order: Order): Promise<void> => {
    const done = answered(++last)
    child.send({ id: last, order })
    return done
  }
  return {
    plug: (path, emulator, options = {}) => send({ do: 'plug', path, emulator, mode: 0o666, ...options }),
    unplug: (path) => send({ do: 'unplug', path }),
    misbehave: (path, fault, times) => send({ do: 'misbehave', path, fault, times }),
    close: () => ended(child),
  }
}

const ended = async (child: ChildProcess): Promise<void> => {
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.disconnect()
  await exit
}
