import type { DeadLetter } from '../../core/contracts/dead-letter.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'

export type DatasetRow =
  | { readonly kind: 'interaction'; readonly interaction: Interaction }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter }

/** Rows of a data set in the order of its files, with how far the reading has come. */
export interface DatasetBatch {
  /** May be empty where a filter let nothing through. */
  readonly rows: readonly DatasetRow[]
  /** Bytes read so far, of the files as they are stored. */
  readonly bytesRead: number
  /** Bytes of all the files; null where that is unknown, as on standard input. */
  readonly totalBytes: number | null
}
