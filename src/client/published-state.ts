import type { SourcePosition, UserId } from '../core/contracts/ids.ts'
import type { Stage } from '../core/contracts/stage.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../core/contracts/user-state-record.ts'

/** The latest published state of a user, as a client keeps it. Times in unix ms. */
export interface PublishedState {
  readonly userId: UserId
  readonly stage: Stage
  /** Probability of each stage, in the order of STAGES. */
  readonly stageProbabilities: readonly number[]
  /** When the stage was entered. */
  readonly since: number
  /** Silent beyond the user's own gaps between sessions. */
  readonly dormant: boolean
  /** Came back from dormancy a short while ago. */
  readonly returned: boolean
  /** Posterior of each task; posteriorOf finds one. */
  readonly tasks: readonly TaskPosteriorRecord[]
  /** State embedding; empty before the first bundle, and by events where it was not asked for. */
  readonly embedding: Float32Array
  readonly embeddingVersion: number
  readonly ruleVersion: string
  readonly bundleVersion: number
  /** Of the user's latest event. */
  readonly eventTime: number
  /** The record of the input that the state reflects last. */
  readonly source: SourcePosition
}

/** What a client keeps of a record of user-states. */
export function publishedStateOf(record: UserStateRecord): PublishedState {
  return {
    userId: record.userId,
    stage: record.stage,
    stageProbabilities: record.stageProbabilities,
    since: record.since,
    dormant: record.dormant,
    returned: record.returned,
    tasks: record.tasks,
    embedding: record.embedding,
    embeddingVersion: record.embeddingVersion,
    ruleVersion: record.ruleVersion,
    bundleVersion: record.bundleVersion,
    eventTime: record.eventTime,
    source: record.source,
  }
}

/** Posterior of one task of a state; undefined for a task that the state does not have. */
export function posteriorOf(state: PublishedState, task: string): TaskPosteriorRecord | undefined {
  return state.tasks.find((posterior) => posterior.task === task)
}
