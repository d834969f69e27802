import { once } from 'node:events'
import type { Server } from 'node:net'
import { Failure } from '../failures.js'

/**
 * Starts a server and resolves to the port it got (asked for 0: a free one).
 * @throws Failure PORT_BUSY, PORT_DENIED or PORT_FAILED, each with what to do.
 */
export const listen = async (server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> => {
  const where = `${host}:${port}`
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure('USAGE', { where, seen: `port ${port}`, allowed: '0 (any free one) to 65535' })
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw whyNot(error, where, port)
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

const whyNot = (error: unknown, where: string, port: number): Failure => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EADDRINUSE')
    return new Failure('PORT_BUSY', { where, seen: code, cure: `"ss -ltnp sport = :${port}" names it; or take another port`, cause: error })
  if (code === 'EACCES') return new Failure('PORT_DENIED', { where, seen: code, cure: 'take a port above 1023', cause: error })
  return new Failure('PORT_FAILED', { where, seen: code, cure: 'the host must be an address of this machine, such as 127.0.0.1', cause: error })
}
