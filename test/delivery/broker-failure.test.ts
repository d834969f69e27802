import t from 'tap'
import { brokerFailure, isOfOneMessage, reasonFailure } from '../../src/delivery/broker-failure.js'

const URL = 'mqtts://broker.example:8883'
const withCode = (code: string | number) => brokerFailure(Object.assign(new Error('as the library says it'), { code }), URL)

t.test('each cause has its own code and its own cure', async (t) => {
  const cases: readonly [string | number, string, RegExp, RegExp][] = [
    [4, 'BROKER_REFUSED', /user name or password/, /passwordFile/],
    [134, 'BROKER_REFUSED', /user name or password/, /passwordFile/],
    [5, 'BROKER_REFUSED', /not authorized/, /right to its own topics/],
    [135, 'BROKER_REFUSED', /not authorized/, /right to its own topics/],
    [142, 'BROKER_REFUSED', /same id/, /agent\.id/],
    ['ECONNREFUSED', 'BROKER_UNREACHABLE', /nobody listens/, /mqtt\.url/],
    ['ENOTFOUND', 'BROKER_UNREACHABLE', /host name/, /mqtt\.url/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'BROKER_UNREACHABLE', /not trusted/, /caFile/],
    ['CERT_HAS_EXPIRED', 'BROKER_UNREACHABLE', /expired/, /clock/],
    ['CERT_NOT_YET_VALID', 'BROKER_UNREACHABLE', /not valid yet/, /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'BROKER_UNREACHABLE', /another host name/, /mqtt\.url/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'BROKER_REFUSED', /asks for a certificate/, /certFile/],
  ]
  for (const [key, code, seen, cure] of cases) t.match(withCode(key), { code, seen, cure, where: URL }, String(key))
})

t.test('an unknown cause is told in its own words', async (t) => {
  t.match(brokerFailure(new Error('connack timeout'), URL), { code: 'BROKER_UNREACHABLE', seen: 'connack timeout' })
  t.match(reasonFailure(131, URL), { seen: /0x83/ })
  const failure = reasonFailure(5, URL)
  t.equal(brokerFailure(failure, 'elsewhere'), failure)
})

t.test('a refused topic, content or size concerns one message; a quota concerns all', async (t) => {
  t.strictSame([135, 144, 149, 153, 151, 128, 131].map(isOfOneMessage), [true, true, true, true, false, false, false])
})
