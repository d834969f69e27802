import { Failure, type FailureCode } from '../failures.js'

interface Meaning {
  readonly code: Extract<FailureCode, 'BROKER_UNREACHABLE' | 'BROKER_REFUSED'>
  readonly seen: string
  readonly cure: string
}

const password: Meaning = {
  code: 'BROKER_REFUSED',
  seen: 'bad user name or password',
  cure: 'check mqtt.username and the file named by mqtt.passwordFile against the users of the broker',
}
const rights: Meaning = {
  code: 'BROKER_REFUSED',
  seen: 'not authorized',
  cure: 'let the broker admit this client: a user name and password (mqtt.username, mqtt.passwordFile), and the right to its own topics',
}
const clientId: Meaning = { code: 'BROKER_REFUSED', seen: 'the client id is not accepted', cure: 'allow it at the broker, or change agent.id' }
const busy: Meaning = { code: 'BROKER_UNREACHABLE', seen: 'the broker is busy or shutting down', cure: 'nothing: it is tried again' }
const tlsNeeded: Meaning = {
  code: 'BROKER_REFUSED',
  seen: 'the broker asks for a certificate of this client',
  cure: 'set mqtt.tls.certFile and mqtt.tls.keyFile to a certificate that the broker trusts',
}
const untrusted = (why: string): Meaning => ({
  code: 'BROKER_UNREACHABLE',
  seen: `the certificate of the broker is not trusted: ${why}`,
  cure: 'set mqtt.tls.caFile to the certificate of the authority that signed it',
})
const elsewhere = (seen: string): Meaning => ({
  code: 'BROKER_UNREACHABLE',
  seen,
  cure: 'is the broker running, and is mqtt.url its address and port?',
})

/** CONNACK of MQTT 3.1.1 (OASIS 3.1.1, table 3.1) and reason codes of MQTT 5 (OASIS 5.0, section 2.4). */
const reasons: Readonly<Record<number, Meaning>> = {
  2: clientId,
  3: busy,
  4: password,
  5: rights,
  133: clientId,
  134: password,
  135: rights,
  136: busy,
  137: busy,
  138: { code: 'BROKER_REFUSED', seen: 'banned', cure: 'lift the ban of this client at the broker' },
  139: busy,
  140: password,
  141: { code: 'BROKER_UNREACHABLE', seen: 'the broker heard nothing for too long', cure: 'look at the network; mqtt.keepaliveS sets the interval' },
  142: {
    code: 'BROKER_REFUSED',
    seen: 'another client with the same id connected',
    cure: 'do two boxes have the same agent.id? each needs its own',
  },
  144: { code: 'BROKER_REFUSED', seen: 'the topic is not accepted', cure: 'allow the topics below mqtt.base at the broker' },
  149: { code: 'BROKER_REFUSED', seen: 'the message is too large', cure: 'raise the limit of the broker for the size of a packet' },
  151: { code: 'BROKER_REFUSED', seen: 'a quota is used up', cure: 'raise the quota of this client at the broker' },
  152: { code: 'BROKER_REFUSED', seen: 'closed by an administrator of the broker', cure: 'ask the administrator of the broker' },
  159: busy,
}

/** Codes of sockets and of TLS (Node's `error.code`). */
const codes: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: elsewhere('nobody listens there'),
  ENOTFOUND: elsewhere('the host name is unknown'),
  EAI_AGAIN: elsewhere('the host name could not be looked up'),
  EHOSTUNREACH: elsewhere('no way to this host'),
  ENETUNREACH: elsewhere('no network'),
  ETIMEDOUT: elsewhere('no answer'),
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted('it signed itself'),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted('its authority is unknown here'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted('its authority is unknown here'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted('its authority is unknown here'),
  UNABLE_TO_GET_ISSUER_CERT: untrusted('its authority is unknown here'),
  CERT_HAS_EXPIRED: { ...untrusted('it has expired'), cure: 'renew the certificate of the broker; is the clock of this box right?' },
  CERT_NOT_YET_VALID: { ...untrusted('it is not valid yet'), cure: 'is the clock of this box right?' },
  ERR_TLS_CERT_ALTNAME_INVALID: { ...untrusted('it is made out for another host name'), cure: 'use a name from the certificate in mqtt.url' },
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: tlsNeeded,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: tlsNeeded,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: tlsNeeded,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: tlsNeeded,
  ERR_SSL_WRONG_VERSION_NUMBER: elsewhere('no TLS at this port; TLS is usually port 8883, plain MQTT is mqtt:// and port 1883'),
}

/** Whatever ended or prevented a connection, as a failure with what helps. Holds no secret: neither table nor errors know any. */
export const brokerFailure = (error: unknown, url: string): Failure => {
  if (error instanceof Failure) return error
  const key: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  const known = typeof key === 'number' ? reasons[key] : typeof key === 'string' ? codes[key] : undefined
  const { code, seen, cure } = known ?? elsewhere(error instanceof Error ? error.message || String(key) : String(error))
  return new Failure(code, { where: url, seen, cure, cause: error })
}

/** The same for a DISCONNECT or a PUBACK of MQTT 5, which carry a number alone. */
export const reasonFailure = (reason: number, url: string): Failure =>
  brokerFailure(Object.assign(new Error(`reason code 0x${reason.toString(16)}`), { code: reason }), url)

/** Refusals that concern this one message (MQTT 5, section 3.4.2.1, and our own check of the size): the next may well be taken. */
export const isOfOneMessage = (reason: number): boolean => [135, 144, 149, 153].includes(reason)
