import type { LogRecord, LogSlice, Removal } from './log.ts'

export type LevelOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** One partition of the embedded log: batch-partition for `delete` topics, compacted-partition for `compact` ones. */
export interface StoredPartition {
  /** Offset of the first record that retention has left. */
  readonly startOffset: number
  /** Offset that the next record will get. */
  readonly endOffset: number
  /** Finds the end offset in what is stored. Throws `corrupt`. */
  recover(): Promise<void>
  /** Copies the records' bytes, so that the caller may reuse them at once. */
  prepare(records: readonly LogRecord[]): PreparedAppend
  read(offset: number, limit: number): Promise<LogSlice>
  /** Takes records away. `write` makes one atomic write in its turn among the appends; false ends it early. */
  remove(removal: Removal, write: (operations: readonly LevelOperation[]) => Promise<boolean>): Promise<number>
}

/** An append waiting for its turn. */
export interface PreparedAppend {
  /** Fixes the offsets. The next plan of the same partition must come after this one's `publish`. */
  plan(): Promise<AppendPlan>
}

export interface AppendPlan {
  readonly operations: readonly LevelOperation[]
  /** Makes the stored records visible to readers; returns the offset of the first. */
  publish(): number
}
