import type { DeadLetterCause } from '../../core/contracts/dead-letter.ts'

/** Thrown inside a mapping, caught by the codec. */
export class RejectedRecord extends Error {
  readonly rejectionCause: DeadLetterCause
  readonly field: string

  constructor(rejectionCause: DeadLetterCause, field: string, reason: string) {
    super(reason)
    this.rejectionCause = rejectionCause
    this.field = field
  }
}
