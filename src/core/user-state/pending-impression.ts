import type { FeatureMap } from '../contracts/interaction.ts'
import type { EventId, ItemId, UserId } from '../contracts/ids.ts'
import type { FrozenFeatures } from './frozen-features.ts'

/** The trial of one task on one impression. */
export interface PendingTask {
  /** Whether the trial happened. */
  trial: boolean
  /** Its ordinal inside the impression's day bucket; 0 when that day had left the window. */
  ordinal: number
  /** Whether the trial is in the counters. */
  counted: boolean
  succeeded: boolean
  /** Label in [0,1]; NaN while a quantile label waits for the first bundle. */
  label: number
  rawValue: number
}

/**
 * An impression that waits for its outcomes. It becomes a training example when its attribution window closes, and is
 * kept until the correction horizon for outcomes that come later.
 */
export interface PendingImpression {
  readonly impressionId: EventId
  readonly userId: UserId
  readonly itemId: ItemId
  readonly impressionTime: number
  readonly sourceOffset: number
  readonly context: FeatureMap
  readonly userFeatures: FeatureMap
  readonly itemFeatures: FeatureMap
  readonly frozen: FrozenFeatures
  readonly tasks: PendingTask[]
}

export interface JoinerWindows {
  readonly attributionMs: number
  readonly correctionMs: number
}

/** When an impression's two timers fire, unix ms: the close of its attribution window, and the correction horizon. */
export function impressionTimers(
  { impressionTime }: PendingImpression,
  { attributionMs, correctionMs }: JoinerWindows,
) {
  return { closes: impressionTime + attributionMs, expires: impressionTime + correctionMs }
}
