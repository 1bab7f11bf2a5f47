import type { DeadLetterCause } from './dead-letter.ts'

/** Why a value is not the record it should be; becomes a dead letter once origin and bytes are known. */
export interface Rejection {
  readonly kind: 'rejection'
  readonly cause: DeadLetterCause
  /** Field at fault, for example `context.tab`; empty when the record as a whole is. */
  readonly field: string
  /** One sentence for a person. */
  readonly reason: string
}
