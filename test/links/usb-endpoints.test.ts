import t from 'tap'
import { packetBytesByEndpoint } from '../../src/links/usb-endpoints.js'

const device = [18, 1, 0, 2, 0, 0, 0, 64, 0x57, 0x24, 0x22, 0x10, 2, 0, 1, 2, 0, 2]
const configuration = [9, 2, 0, 0, 2, 1, 0, 0x80, 250]
const setting = (number: number, alternate: number) => [9, 4, number, alternate, 1, 0xff, 0, 0, 0]
const endpoint = (address: number, low: number, high: number) => [7, 5, address, 2, low, high, 0]

t.test('the endpoints of interface 0 in its first setting, with their packets', async (t) => {
  const found = packetBytesByEndpoint(
    Uint8Array.of(
      ...[...device, ...configuration],
      ...[...setting(0, 0), 5, 0x24, 0, 0x10, 1, ...endpoint(0x01, 64, 0), ...endpoint(0x82, 0, 2)],
      ...[...setting(0, 1), ...endpoint(0x83, 8, 0)],
      ...[...setting(1, 0), ...endpoint(0x84, 8, 0)],
      ...[...configuration, ...setting(0, 0), ...endpoint(0x85, 8, 0)],
    ),
  )
  t.strictSame(
    [...found],
    [
      [0x01, 64],
      [0x82, 512],
    ],
  )
})

t.test('the bits above the size are none of it', async (t) => {
  const found = packetBytesByEndpoint(Uint8Array.of(...device, ...configuration, ...setting(0, 0), ...endpoint(0x82, 0, 0x14)))
  t.equal(found.get(0x82), 1024)
})

t.test('a damaged tail ends the search, whatever it holds', async (t) => {
  const good = [...device, ...configuration, ...setting(0, 0), ...endpoint(0x01, 64, 0)]
  for (const tail of [[0], [0, 5, 0x82], [1, 5], [7, 5], [255, 4, 0]]) {
    const found = packetBytesByEndpoint(Uint8Array.of(...good, ...tail))
    t.equal(found.get(0x01), 64, `${tail}`)
    t.notOk(found.has(0x82))
  }
  t.equal(packetBytesByEndpoint(new Uint8Array(0)).size, 0)
})
