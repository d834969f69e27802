import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { Observable } from 'rxjs'

/** One folder for each bus, one file for each device. */
const USB_NODES = '/dev/bus/usb'

/**
 * Tells when a USB device came, went or changed its permissions, serial adapters included: a reason to look at once. By inotify on the
 * device files, which needs neither udev nor the library (docs/decisions/0004-usb-events.md). Never fails: where there is nothing to watch,
 * or no watch left, it is silent, and polling finds out. A bus that is added later is not watched.
 */
export const attachedNudge = (nodes = USB_NODES): Observable<string> =>
  new Observable((subscriber) => {
    const watchers = foldersIn(nodes).flatMap((folder) => {
      const watcher = watcherOf(folder)
      watcher?.on('change', (_kind, file) => subscriber.next(String(file)))
      watcher?.on('error', () => watcher.close())
      return watcher ?? []
    })
    return () => {
      for (const watcher of watchers) watcher.close()
    }
  })

const foldersIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []))
  } catch {
    return []
  }
}

const watcherOf = (folder: string): FSWatcher | null => {
  try {
    return watch(folder, { persistent: false })
  } catch {
    return null
  }
}
