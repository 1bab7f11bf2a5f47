/**
 * What a tracker on Kafka does, told by what it is about to do: ask for its share of the partitions, restore a partition,
 * fold a slice, send its outputs, send its position, end the transaction, write the store, give a partition back.
 */
export const CRASH_STEPS = ['assign', 'restore', 'fold', 'produce', 'offsets', 'commit', 'store', 'revoke'] as const
export type CrashStep = (typeof CRASH_STEPS)[number]

/** Where the next process works: on the folder of the one that died, or on an empty one, as on another machine. */
export const NEXT_DATA_DIRS = ['same data dir', 'fresh data dir'] as const
export type NextDataDir = (typeof NEXT_DATA_DIRS)[number]

/** A process gets a signal so many milliseconds after it entered a step for the n-th time. */
export interface CrashAim {
  readonly step: CrashStep
  readonly occurrence: number
  readonly delayMs: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}
