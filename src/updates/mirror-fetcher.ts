import { BaseFetcher } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { Failure } from '../failures.js'
import { MAX_METADATA_BYTES } from './limits.js'
import type { Mirror } from './mirror.js'

/** What tuf-js asks for stands below this address; it is never looked up (RFC 2606). */
export const REPOSITORY_URL = 'http://repository.invalid/metadata'

const NAME = /^(?:[1-9]\d{0,14}\.)?[a-z][a-z0-9-]{0,63}\.json$/

/** Lets tuf-js read metadata from the mirror, and remembers what tuf-js forgets: it hands on the text of an error alone. */
export class MirrorFetcher extends BaseFetcher {
  readonly #mirror: Mirror
  readonly #signal: AbortSignal
  /** The failure that was thrown since `begin`. */
  failure: Failure | null = null
  /** The file that was asked for last. */
  name = ''
  /** Its bytes, where there is such a file. */
  bytes: Uint8Array | null = null

  constructor(mirror: Mirror, signal: AbortSignal) {
    super()
    this.#mirror = mirror
    this.#signal = signal
  }

  begin(): void {
    this.failure = null
    this.name = ''
    this.bytes = null
  }

  /** Not by way of a file in the folder for temporary ones, as the library does it. */
  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
    this.name = name
    this.bytes = null
    if (!NAME.test(name)) throw this.#remembered(new Failure('TRUST_PATH', { where: name, seen: 'a metadata file of this name' }))
    try {
      this.bytes = await this.#mirror.metadata(name, maxLength, this.#signal)
    } catch (error) {
      throw error instanceof Failure ? this.#remembered(error) : error
    }
    // This very class tells the library that there is no newer root.
    if (this.bytes === null) throw new DownloadHTTPError(`no such file: ${name}`, 404)
    return Buffer.from(this.bytes)
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const bytes = new Uint8Array(await this.downloadBytes(url, MAX_METADATA_BYTES))
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes)
        controller.close()
      },
    })
  }

  #remembered(failure: Failure): Failure {
    this.failure = failure
    return failure
  }
}
