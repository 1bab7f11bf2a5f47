import type { FeatureMap } from './interaction.ts'
import type { EventId, ItemId, SourcePosition, UserId } from './ids.ts'
import type { Stage } from './stage.ts'

export const EXAMPLE_KINDS = ['final', 'correction'] as const
/** `final`: the attribution window closed or the row carried its outcomes. `correction`: an outcome came after it. */
export type ExampleKind = (typeof EXAMPLE_KINDS)[number]

/** One task of one example. */
export interface ExampleTask {
  readonly task: string
  /** False when the task's trial did not happen: the task takes no part in the loss. */
  readonly trial: boolean
  /** Label in [0,1] as the tracker knew it; NaN when it needs quantiles that no bundle has brought yet. */
  readonly label: number
  /** Raw amount behind a quantile label (stay in ms), else the label. */
  readonly rawValue: number
  /** Mean of the user's strictly earlier labels in the window (STAN equation 10); NaN when there is none. */
  readonly pseudoLabel: number
  /** Posterior at the impression, before the impression is folded in. */
  readonly alpha: number
  readonly beta: number
  readonly effectiveSampleSize: number
  /** Draw from Beta(alpha, beta). */
  readonly gamma: number
  /** Draw of Algorithm 1 as printed (predicted evidence, ordinal weight). */
  readonly algorithmGamma: number
  /** Trials and successes inside the 30-day window. */
  readonly trials: number
  readonly successes: number
}

/**
 * Features and state as they were at the impression, with the labels that came of it
 * (schemas/training-example.v1.avsc).
 */
export interface TrainingExample {
  readonly exampleId: EventId
  readonly userId: UserId
  readonly itemId: ItemId
  readonly kind: ExampleKind
  /** Importance weight; 1 on a final example. */
  readonly weight: number
  readonly impressionTime: number
  readonly context: FeatureMap
  readonly userFeatures: FeatureMap
  readonly itemFeatures: FeatureMap
  /** Most probable stage at the impression; the published one also depends on hysteresis. */
  readonly stage: Stage
  readonly stageProbabilities: readonly number[]
  /** Token of each extractor field, shape (F). */
  readonly stateTokens: Int32Array
  /** Numeric state, shape (Z): see core/user-state/state-numbers.ts. */
  readonly stateNumbers: Float32Array
  readonly tasks: readonly ExampleTask[]
  readonly bundleVersion: number
  readonly source: SourcePosition
}
