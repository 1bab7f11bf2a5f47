import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { ProblemError } from './problem.ts'

/** Time of a request, unix ms. Without one of the caller it is that of the newest event: a replay or a simulation has no other clock. */
export function requestTime(text: string | undefined, state: UserStateRecord | null, asOf: number | null): number {
  if (text === undefined) return Math.max(asOf ?? 0, state?.eventTime ?? 0)
  const timeMs = Date.parse(text)
  if (Number.isNaN(timeMs)) throw new ProblemError(400, `time is no date of ISO 8601: ${JSON.stringify(text)}`)
  return timeMs
}
