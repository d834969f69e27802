import { join } from 'node:path'
import { BaseFetcher } from 'tuf-js'
import { DownloadHTTPError, DownloadLengthMismatchError } from 'tuf-js/dist/error.js'
import type { Files } from './files.js'

/** What the client asks for stands below this address; it is never looked up (RFC 2606). */
export const FOLDER_URL = 'http://repository.invalid'

/** Lets tuf-js read a folder as if a web server stood before it. */
export class FolderFetcher extends BaseFetcher {
  readonly #files: Pick<Files, 'read'>
  readonly #directory: string

  constructor(files: Pick<Files, 'read'>, directory: string) {
    super()
    this.#files = files
    this.#directory = directory
  }

  /** As the library's own, which would write each file to the disk only to read it back. */
  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const bytes = await this.#bytes(url)
    if (bytes.length > maxLength) throw new DownloadLengthMismatchError('Max length reached')
    return Buffer.from(bytes)
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const bytes = await this.#bytes(url)
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(new Uint8Array(bytes))
        controller.close()
      },
    })
  }

  async #bytes(url: string): Promise<Uint8Array> {
    const path = join(this.#directory, new URL(url).pathname)
    const bytes = await this.#files.read(path)
    // The end of the walk through the roots is told by this very class.
    if (bytes === null) throw new DownloadHTTPError(`no such file: ${path}`, 404)
    return bytes
  }
}
