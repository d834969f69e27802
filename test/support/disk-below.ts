import type { Disk } from '../../src/updates/contract.js'
import { nodeDisk } from '../../src/updates/disk.js'

/** The real disk, every path taken as one below a folder. */
export const diskBelow = (root: string): Disk => {
  const at = (path: string): string => `${root}${path}`
  return {
    read: (path) => nodeDisk.read(at(path)),
    size: (path) => nodeDisk.size(at(path)),
    list: (path) => nodeDisk.list(at(path)),
    makeFolder: (path) => nodeDisk.makeFolder(at(path)),
    write: (path, bytes) => nodeDisk.write(at(path), bytes),
    append: (path, bytes) => nodeDisk.append(at(path), bytes),
    truncate: (path, bytes) => nodeDisk.truncate(at(path), bytes),
    sync: (path) => nodeDisk.sync(at(path)),
    syncFolder: (path) => nodeDisk.syncFolder(at(path)),
    rename: (from, to) => nodeDisk.rename(at(from), at(to)),
    remove: (path) => nodeDisk.remove(at(path)),
  }
}
