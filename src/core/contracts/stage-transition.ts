import type { SourcePosition, UserId } from './ids.ts'
import type { Stage } from './stage.ts'
import type { TaskPosteriorRecord } from './user-state-record.ts'

export const TRANSITION_REASONS = ['evidence', 'dormant', 'returned'] as const
export type TransitionReason = (typeof TRANSITION_REASONS)[number]

/** A user's stage or activity flag changed (schemas/stage-transition.v1.avsc), with the evidence for it. */
export interface StageTransition {
  readonly userId: UserId
  readonly from: Stage
  readonly to: Stage
  readonly reason: TransitionReason
  /** Probability of `to` at the change. */
  readonly probability: number
  readonly stageProbabilities: readonly number[]
  readonly eventTime: number
  /** Time spent in `from`, ms. */
  readonly heldForMs: number
  /** Posteriors as they were when `from` was entered, and now. */
  readonly before: readonly TaskPosteriorRecord[]
  readonly after: readonly TaskPosteriorRecord[]
  readonly ruleVersion: string
  readonly bundleVersion: number
  readonly source: SourcePosition
}
