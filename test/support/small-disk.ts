import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** For the `skip` of a test: false, or why it is skipped and how to have it run. */
export const withoutMount: string | false = (() => {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt'], { stdio: 'ignore' })
    return false
  } catch {
    return 'SKIPPED the full disk: mounting a tmpfs needs root (run it as root)'
  }
})()

/** A disk of its own, of so many bytes; gone at the end of the test. */
export const smallDisk = (t: Test, bytes: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder])
  t.teardown(() => {
    // What is still open there is let go with the last reader.
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  })
  return folder
}

/** Somebody else's file takes all the room that is left. */
export const fill = (folder: string): void => {
  const file = openSync(join(folder, 'somebody-elses.log'), 'a')
  try {
    for (const bytes of [1024 * 1024, 4096]) {
      const chunk = new Uint8Array(bytes)
      for (;;) if (!fits(file, chunk)) break
    }
  } finally {
    closeSync(file)
  }
}

const fits = (file: number, chunk: Uint8Array): boolean => {
  try {
    return writeSync(file, chunk) === chunk.length
  } catch {
    return false
  }
}
