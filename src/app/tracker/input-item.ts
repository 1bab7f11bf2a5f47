import type { DeadLetterCause } from '../../core/contracts/dead-letter.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'
import type { UserId } from '../../core/contracts/ids.ts'

/** One input record, decoded. */
export type InputItem =
  | { readonly kind: 'interaction'; readonly offset: number; readonly interaction: Interaction }
  | { readonly kind: 'erasure'; readonly offset: number; readonly userId: UserId }
  /** Moves the stream time of a partition without input; written into the log, so that a replay does the same. */
  | { readonly kind: 'advance'; readonly offset: number; readonly timeMs: number }
  | {
      readonly kind: 'unusable'
      readonly offset: number
      readonly cause: DeadLetterCause
      readonly field: string
      readonly reason: string
    }
