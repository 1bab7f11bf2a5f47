import type { Log } from '../../io/log/log.ts'
import type { StageCounts } from '../serving/view/user-view.ts'
import type { PartitionTracker } from '../tracker/partition-tracker.ts'
import type { Trainer } from '../trainer/trainer.ts'
import type { World } from '../wire.ts'
import type { MemoryGuard } from './memory-guard.ts'

/** What a process works on, as it stands when it is asked. */
export interface Observed {
  readonly log: Log
  /** By partition; null while its state is restored. */
  trackers(): ReadonlyMap<number, PartitionTracker | null>
  /** By partition: records of the changelog that its state still lacks. */
  restoring(): ReadonlyMap<number, number>
  trainer(): Trainer | null
  /** By partition: published states that were compared with a replay, where that is done. */
  skew?(): ReadonlyMap<number, { readonly checked: number; readonly differing: number }>
  /** The view of the API, where this process serves one. */
  view?(): ObservedView | null
  whyNotReady?(): string | null
  readonly world?: Pick<World, 'instruments' | 'storedBytes' | 'heldMemory'>
  readonly guard?: MemoryGuard
}

export interface ObservedView {
  counts(): StageCounts
  lag(): Promise<number>
  readonly completeAtMs: number | null
}
