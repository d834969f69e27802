import { type ChildProcess, fork } from 'node:child_process'

/** Starts `store-writer.ts` on a folder and resolves when it holds the store. */
export const startWriter = async (directory: string): Promise<ChildProcess> => {
  const child = fork(new URL('./store-writer.ts', import.meta.url), [directory])
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  return child
}

/** Kills it as a power cut would. */
export const kill = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await ended
}
