import { asFailure, Failure, type FailureCode, failures } from '../../failures.js'

/** One answer of the doctor: what was seen, and what to do where it is not well. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail'
  readonly seen: string
  readonly cure: string | null
  /** The code of a failure; its exit code becomes that of the command. */
  readonly code: FailureCode | null
}

export interface Check {
  readonly name: string
  readonly deadlineMs: number
  /** Ends soon after `signal`: nobody waits for it then. A rejection is a finding of its own. */
  run(signal: AbortSignal): Promise<Finding> | Finding
}

export interface Checked extends Finding {
  readonly name: string
}

export const ok = (seen: string): Finding => ({ status: 'ok', seen, cure: null, code: null })
export const warn = (seen: string, cure: string): Finding => ({ status: 'warn', seen, cure, code: null })

/** A failure as a finding: its sentence, the cure apart. */
export const fail = (failure: Failure): Finding => ({
  status: 'fail',
  seen: failure.cure === undefined ? failure.message : failure.message.replace(`; what to do: ${failure.cure}`, ''),
  cure: failure.cure ?? null,
  code: failure.code,
})

/** Runs one check to its end or its deadline. Never rejects. */
export const perform = async ({ name, deadlineMs, run }: Check): Promise<Checked> => {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve(fail(new Failure('DEADLINE', { where: name, seen: `nothing within ${deadlineMs / 1000} s` }))), deadlineMs)
  })
  try {
    return { name, ...(await Promise.race([attempt(run, stop.signal, name), late])) }
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

const attempt = async (run: Check['run'], signal: AbortSignal, name: string): Promise<Finding> => {
  try {
    return await run(signal)
  } catch (error) {
    return fail(asFailure(error, 'PART_MISSING', name))
  }
}

/** The exit code of the first failure in the order of the table; 0 where nothing failed. */
export const exitOf = (checked: readonly Finding[]): number => {
  const first = checked.find(({ status }) => status === 'fail')
  return first === undefined ? 0 : failures[first.code ?? 'INVARIANT'].exit
}
