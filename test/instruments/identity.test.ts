import t from 'tap'
import { instrumentId, MAX_ID_LENGTH, slug } from '../../src/instruments/identity.js'

t.test('a serial number that loses only case stays readable', async (t) => {
  t.equal(slug('CH00012'), 'ch00012')
  t.equal(instrumentId({ family: 'chromation', serial: 'CH00012', port: 'serial:/dev/ttyUSB0', override: null }), 'chromation-ch00012')
})

t.test('a serial number that loses more keeps six digits of its SHA-256', async (t) => {
  // printf 'USB2+H 00042' | sha256sum
  t.equal(slug('USB2+H 00042'), 'usb2-h-00042-a26158')
  t.not(slug('A+1'), slug('A 1'))
  t.not(slug('###'), slug('#'), 'even where nothing is left')
})

t.test('without a serial number the port names the instrument', async (t) => {
  const named = (serial: string | null) => instrumentId({ family: 'fake', serial, port: 'tcp://127.0.0.1:4001', override: null })
  // printf 'tcp://127.0.0.1:4001' | sha256sum
  t.equal(named(null), 'fake-tcp-127-0-0-1-4001-bdbd98')
  t.equal(named('  '), named(null), 'blanks are no serial number')
})

t.test('the configuration has the last word', async (t) => {
  t.equal(instrumentId({ family: 'fake', serial: 'X', port: 'usb:1-1', override: 'line-3' }), 'line-3')
})

t.test('an id fits a topic however long the port is called', async (t) => {
  const port = `serial:/dev/serial/by-path/${'platform-fd500000.pcie-pci-'.repeat(5)}`
  const id = instrumentId({ family: 'fake', serial: null, port, override: null })
  t.equal(id.length, MAX_ID_LENGTH)
  t.match(id, /^[a-z0-9-]+-[0-9a-f]{6}$/)
  t.not(id, instrumentId({ family: 'fake', serial: null, port: `${port}1`, override: null }), 'what was cut still counts')
})
