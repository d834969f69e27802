/** The next bytes of a stream, at least so many; leaves the rest unread. Rejects as the stream does. */
export const readBytes = async (chunks: AsyncIterable<Uint8Array>, atLeast: number): Promise<Buffer> => {
  const reader = chunks[Symbol.asyncIterator]()
  let got = Buffer.alloc(0)
  while (got.length < atLeast) {
    const { done, value } = await reader.next()
    if (done) throw new Error(`the stream ended after ${got.length} bytes`)
    got = Buffer.concat([got, value])
  }
  return got
}
