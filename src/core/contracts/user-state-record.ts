import type { SourcePosition, UserId } from './ids.ts'
import type { Stage } from './stage.ts'

/** Posterior of one task of one user, as published. Rates lie in [0,1]. */
export interface TaskPosteriorRecord {
  readonly task: string
  /** Trials and successes inside the 30-day window. */
  readonly trials: number
  readonly successes: number
  readonly alpha: number
  readonly beta: number
  readonly mean: number
  /** 5 % and 95 % quantiles of the posterior. */
  readonly lower: number
  readonly upper: number
  readonly effectiveSampleSize: number
  /** The draw gamma of STAN's Algorithm 1. */
  readonly gamma: number
}

/** The latest state of one user (schemas/user-state.v2.avsc), keyed by user id on a compacted topic. */
export interface UserStateRecord {
  readonly userId: UserId
  readonly stage: Stage
  /** Probability of each stage, in the order of STAGES. */
  readonly stageProbabilities: readonly number[]
  /** Event time at which the stage was entered, unix ms. */
  readonly since: number
  /** Silent beyond the user's own gap distribution. */
  readonly dormant: boolean
  /** Came back from dormancy and has not yet been active long enough to forget it. */
  readonly returned: boolean
  readonly tasks: readonly TaskPosteriorRecord[]
  /** State embedding [s_1 .. s_T], STAN equation 8; empty before the first bundle. */
  readonly embedding: Float32Array
  readonly embeddingVersion: number
  readonly ruleVersion: string
  readonly bundleVersion: number
  /** Of the latest event, unix ms; everything above is as of then. */
  readonly eventTime: number
  /** Of the first event, unix ms. */
  readonly firstEventTime: number
  /** Of the latest impression, unix ms; 0 when there was none. */
  readonly lastImpressionTime: number
  /** Days with an impression, UTC: bit k (0 to 30) is the day k days before that of `eventTime`. */
  readonly activeDays: number
  /** The ranker's view of the state as of `eventTime`: token of each extractor field (F), numeric state (Z). */
  readonly stateTokens: Int32Array
  readonly stateNumbers: Float32Array
  readonly source: SourcePosition
}
