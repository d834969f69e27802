/**
 * The table of failure codes. Code branches on `code`, never on the wording; `retry` says what the
 * caller does next and `exit` is the exit code of a command that ends with it (DESIGN section 11).
 */
export const failures = {
  USAGE: { retry: 'never', exit: 64, text: 'the command line cannot be understood' },
  AXIS_INVALID: { retry: 'never', exit: 65, text: 'an axis must be finite and strictly ascending' },
  CHAIN_INVALID: { retry: 'never', exit: 65, text: 'the preprocessing chain cannot be built' },
  BUNDLE_INVALID: { retry: 'never', exit: 65, text: 'the bundle is damaged or not one that this version can use' },
  BUNDLE_UNFIT: { retry: 'never', exit: 65, text: 'the bundle was not made for what is here' },
  BUNDLE_SELFTEST: { retry: 'never', exit: 65, text: 'the bundle does not give its own golden answers on this machine' },
  DATA_INVALID: { retry: 'never', exit: 65, text: 'the data cannot be used' },
  REFERENCE_INVALID: { retry: 'never', exit: 65, text: 'the reference measurement cannot be used' },
  REQUEST_INVALID: { retry: 'never', exit: 65, text: 'the request cannot be carried out as it stands' },
  PART_MISSING: { retry: 'never', exit: 69, text: 'a part that this needs is not available' },
  NO_INSTRUMENT: { retry: 'reopen', exit: 69, text: 'no instrument was found' },
  NO_ANSWER: { retry: 'reopen', exit: 69, text: 'the instrument stayed silent' },
  BROKER_UNREACHABLE: { retry: 'reopen', exit: 69, text: 'the broker cannot be reached' },
  BROKER_REFUSED: { retry: 'reopen', exit: 77, text: 'the broker refuses this client' },
  BAD_FRAME: { retry: 'again', exit: 74, text: 'the instrument sent something that is not a spectrum' },
  STALE_FRAME: { retry: 'again', exit: 74, text: 'the instrument answered sooner than its exposure: not the frame that was asked for' },
  SETTING_REFUSED: { retry: 'never', exit: 65, text: 'the instrument does not take this setting' },
  WRONG_INSTRUMENT: { retry: 'never', exit: 69, text: 'another instrument answers than the one that is configured' },
  TOO_MANY: { retry: 'again', exit: 75, text: 'too much is waiting already' },
  PORT_GONE: { retry: 'reopen', exit: 74, text: 'the instrument was unplugged or its port closed' },
  PORT_BUSY: { retry: 'reopen', exit: 75, text: 'another process holds the port' },
  PORT_DENIED: { retry: 'reopen', exit: 77, text: 'no permission to open the port' },
  PORT_FAILED: { retry: 'reopen', exit: 74, text: 'the port cannot be opened or used' },
  DEADLINE: { retry: 'again', exit: 74, text: 'a transfer did not end in time' },
  STORE_FAILED: { retry: 'again', exit: 74, text: 'the state folder cannot be written or read' },
  FILE_FAILED: { retry: 'never', exit: 74, text: 'the file cannot be written' },
  STATE_DENIED: { retry: 'never', exit: 77, text: 'no permission to use the state folder' },
  STATE_HELD: { retry: 'never', exit: 75, text: 'another agent uses this state folder' },
  TRUST_ROLLBACK: { retry: 'again', exit: 65, text: 'the repository offers older metadata than it did before' },
  TRUST_EXPIRED: { retry: 'again', exit: 65, text: 'signed metadata have expired' },
  TRUST_MIXED: { retry: 'again', exit: 65, text: 'metadata of different times were put together' },
  TRUST_THRESHOLD: { retry: 'again', exit: 65, text: 'fewer valid signatures than the role needs' },
  TRUST_LENGTH: { retry: 'again', exit: 65, text: 'more bytes came than were signed for' },
  TRUST_HASH: { retry: 'again', exit: 65, text: 'the bytes are not the ones that were signed for' },
  TRUST_PATH: { retry: 'never', exit: 65, text: 'a signed path leads out of the place that its signer may fill' },
  CLOCK_UNTRUSTED: { retry: 'again', exit: 69, text: 'the clock is earlier than a time that has certainly passed' },
  NOT_FOUND: { retry: 'again', exit: 69, text: 'there is no such file in the repository' },
  NETWORK_FAILED: { retry: 'again', exit: 69, text: 'the transfer failed' },
  REPOSITORY_INVALID: { retry: 'never', exit: 65, text: 'the repository cannot be used' },
  REPOSITORY_HELD: { retry: 'again', exit: 75, text: 'another command is at work in the repository' },
  KEY_MISSING: { retry: 'never', exit: 69, text: 'a key that must sign is not here' },
  KEY_LOCKED: { retry: 'never', exit: 77, text: 'the key cannot be opened with this passphrase' },
  ABORTED: { retry: 'never', exit: 0, text: 'stopped on request' },
  CONFIG_INVALID: { retry: 'never', exit: 78, text: 'the configuration cannot be used' },
  INVARIANT: { retry: 'never', exit: 70, text: 'a rule that the program relies on does not hold: please report this' },
} as const satisfies Record<string, { retry: 'never' | 'again' | 'reopen'; exit: number; text: string }>

export type FailureCode = keyof typeof failures

/** What a message must hold: what was seen, where, what is allowed, what to do. */
export interface Circumstances {
  readonly where?: string
  readonly seen?: string
  readonly allowed?: string
  readonly cure?: string
  readonly cause?: unknown
}

/** The one error class of the project. `message` is a whole sentence for a person. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly where: string | undefined
  readonly seen: string | undefined
  readonly allowed: string | undefined
  readonly cure: string | undefined

  constructor(code: FailureCode, circumstances: Circumstances = {}) {
    const { where, seen, allowed, cure, cause } = circumstances
    super(sentence(failures[code].text, circumstances), cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
    this.where = where
    this.seen = seen
    this.allowed = allowed
    this.cure = cure
  }
}

/** Narrow an unknown to a failure, optionally of one of the codes given. */
export const isFailure = (error: unknown, ...codes: FailureCode[]): error is Failure =>
  error instanceof Failure && (codes.length === 0 || codes.includes(error.code))

/** Any thrown thing as a failure; what is not one yet gets `fallback` and stays as the cause. */
export const asFailure = (error: unknown, fallback: FailureCode, where?: string): Failure =>
  error instanceof Failure
    ? error
    : new Failure(fallback, {
        seen: error instanceof Error ? error.message : String(error),
        cause: error,
        ...(where === undefined ? {} : { where }),
      })

const sentence = (text: string, { where, seen, allowed, cure }: Circumstances): string =>
  [
    `${where === undefined ? '' : `${where}: `}${text}`,
    seen === undefined ? '' : `seen: ${seen}`,
    allowed === undefined ? '' : `allowed: ${allowed}`,
    cure === undefined ? '' : `what to do: ${cure}`,
  ]
    .filter((part) => part !== '')
    .join('; ')
