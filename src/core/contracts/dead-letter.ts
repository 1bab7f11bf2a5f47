/** Why a record could not be used. Each class has a row in the README. */
export const DEAD_LETTER_CAUSES = [
  'unreadable-record',
  'missing-field',
  'wrong-type',
  'out-of-range',
  'unknown-event-type',
  'too-long',
  'invalid-utf8',
  'unknown-impression',
] as const
export type DeadLetterCause = (typeof DEAD_LETTER_CAUSES)[number]

/** A bad record with its bytes as they came and where they came from. Carried as value plus headers. */
export interface DeadLetter {
  readonly cause: DeadLetterCause
  /** Field at fault; empty when the record as a whole is. */
  readonly field: string
  /** One sentence for a person. */
  readonly reason: string
  /** `file:line` or `topic/partition@offset`. */
  readonly origin: string
  /** The bytes as they came, cut at 64 KiB. */
  readonly bytes: Uint8Array
  /** Length before the cut. */
  readonly byteLength: number
}
