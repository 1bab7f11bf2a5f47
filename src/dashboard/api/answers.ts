import type { Stage } from '../../core/contracts/stage.ts'
import type { TransitionReason } from '../../core/contracts/stage-transition.ts'

/** What the API answers, as the dashboard reads it. Times are ISO 8601. */
export type ByStage<Value> = Readonly<Record<Stage, Value>>
export type ByTask<Value> = Readonly<Record<string, Value>>

export const INTERVALS = ['day', 'week', 'month'] as const
export type Interval = (typeof INTERVALS)[number]

/** What users of an interval did, in the order of the lifecycle bars. */
export const ACTIVITIES = ['new', 'returned', 'retained', 'dormant'] as const
export type Activity = (typeof ACTIVITIES)[number]

export interface Freshness {
  readonly asOf: string | null
  readonly lagSeconds: number | null
  readonly stale: boolean
}

export interface Answer {
  readonly freshness: Freshness
}

export interface Posterior {
  readonly trials: number
  readonly successes: number
  readonly alpha: number
  readonly beta: number
  readonly mean: number
  readonly lower: number
  readonly upper: number
  readonly effectiveSampleSize: number
  readonly gamma: number
}

export interface Source {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface UserState {
  readonly userId: string
  readonly stage: Stage
  readonly stageProbabilities: ByStage<number>
  readonly since: string
  readonly dormant: boolean
  readonly returned: boolean
  readonly tasks: ByTask<Posterior>
  readonly embeddingVersion: number
  readonly ruleVersion: string
  readonly bundleVersion: number
  readonly eventTime: string
  readonly source: Source
}

export interface StateAnswer extends Answer {
  readonly state: UserState
}

export interface Transition {
  readonly from: Stage
  readonly to: Stage
  readonly reason: TransitionReason
  readonly probability: number
  readonly stageProbabilities: ByStage<number>
  readonly eventTime: string
  readonly heldForSeconds: number
  readonly before: ByTask<Posterior>
  readonly after: ByTask<Posterior>
  readonly ruleVersion: string
  readonly bundleVersion: number
  readonly source: Source
}

/** A transition of the event stream. */
export interface UserTransition extends Transition {
  readonly userId: string
}

export interface TimelineAnswer extends Answer {
  readonly userId: string
  readonly transitions: readonly Transition[]
}

/** What was believed of a user at one moment. */
export interface Belief {
  readonly stageProbabilities: ByStage<number>
  readonly tasks: ByTask<Posterior>
  readonly bundleVersion: number
}

/** One event of a user, or the passing of time, with what was believed before and after it. */
export interface WhyStep {
  readonly time: string
  readonly position: Pick<Source, 'partition' | 'offset'>
  readonly cause: { readonly kind: 'event' | 'timer'; readonly type?: string; readonly eventId?: string }
  readonly task: string | null
  readonly before: Belief | null
  readonly after: Belief
}

export interface WhyMove {
  readonly from: Stage
  readonly to: Stage
  readonly reason: TransitionReason
  readonly probability: number
  readonly heldForSeconds: number
  readonly task: string | null
  readonly ruleVersion: string
  readonly decided: WhyStep
  readonly raised: readonly WhyStep[]
}

export interface WhyAnswer extends Answer {
  readonly userId: string
  /** Newest first. */
  readonly moves: readonly WhyMove[]
  readonly omitted: number
  readonly steps: number
}

export interface LifecycleInterval {
  readonly start: string
  readonly end: string
  readonly complete: boolean
  readonly active: number
  readonly new: number
  readonly retained: number
  readonly returned: number
  /** Active in the interval before, not in this one; positive. */
  readonly dormant: number
  /** (new + returned) / dormant. */
  readonly quickRatio: number | null
  /** Users in each stage at the end of the interval. */
  readonly stages: ByStage<number>
  readonly dormantUsers: number
}

export interface LifecycleAnswer extends Answer {
  readonly users: number
  readonly stages: ByStage<{ readonly users: number; readonly share: number }>
  readonly dormant: number
  readonly interval: Interval
  readonly intervals: readonly LifecycleInterval[]
}

export interface ListedUser {
  readonly userId: string
  readonly stage: Stage
  readonly dormant: boolean
  readonly returned: boolean
  readonly since: string
  readonly eventTime: string
}

export interface UsersAnswer extends Answer {
  readonly users: readonly ListedUser[]
  readonly next: string | null
}

export interface TransitionsAnswer extends Answer {
  readonly from: string
  readonly to: string
  readonly total: number
  readonly matrix: ByStage<ByStage<number>>
  readonly dormant: ByStage<number>
  readonly returned: ByStage<number>
}

export interface Cohort {
  readonly start: string
  readonly users: number
  /** Users with an event k intervals after their first. */
  readonly active: readonly number[]
}

export interface CohortsAnswer extends Answer {
  readonly interval: Interval
  readonly cohorts: readonly Cohort[]
}

export interface StageDurations {
  readonly spells: number
  readonly ongoing: number
  readonly medianDays: number | null
  /** Kaplan-Meier: share of spells longer than so many days. */
  readonly survival: readonly { readonly days: number; readonly share: number }[]
}

export interface DurationsAnswer extends Answer {
  readonly stages: ByStage<StageDurations>
}

export interface MapPoint {
  readonly userId: string
  readonly stage: Stage
  readonly x: number
  readonly y: number
}

export interface MapTrail {
  readonly userId: string
  readonly stage: Stage
  readonly trail: readonly { readonly time: string; readonly x: number; readonly y: number }[]
}

export interface EmbeddingsAnswer extends Answer {
  readonly embeddingVersion: number
  /** Shares of variance of the two axes. */
  readonly explained: readonly number[]
  readonly points: readonly MapPoint[]
  readonly user: MapTrail | null
}

export interface ModelVersion {
  readonly version: number
  readonly mode: string
  readonly exampleCount: number
  readonly eventTime: string
}

export interface TaskQuality {
  readonly auc: number | null
  readonly logLoss: number | null
  readonly ece: number | null
  readonly pcoc: number | null
  readonly positives: number
  readonly examples: number
}

export interface TaskPrior {
  readonly task: string
  readonly priorAlpha: number
  readonly priorBeta: number
  readonly median: number
  readonly gammaMean: number
  readonly labelMean: number
}

export interface QualityMoment {
  readonly exampleCount: number
  readonly time: string
  readonly tasks: ByTask<{ readonly auc: number | null; readonly logLoss: number | null; readonly ece: number | null }>
}

export interface CalibrationBin {
  readonly lower: number
  readonly upper: number
  /** Mean score and rate of the labels within the bin. */
  readonly score: number
  readonly rate: number
  readonly count: number
}

export interface ModelsAnswer extends Answer {
  readonly current: ModelVersion | null
  readonly ageSeconds: number | null
  readonly versions: readonly ModelVersion[]
  readonly tasks: readonly TaskPrior[]
  readonly window: {
    readonly examples: number
    readonly overall: ByTask<TaskQuality>
    readonly byStage: Readonly<Partial<Record<Stage, ByTask<TaskQuality>>>>
  }
  readonly history: readonly QualityMoment[]
  readonly calibration: ByTask<readonly CalibrationBin[]>
}

export interface Alert {
  readonly kind: string
  readonly family: string
  readonly status: string
  readonly severity: string
  readonly subject: string
  readonly message?: string
  readonly eventTime: string
}

export interface AlertsAnswer extends Answer {
  readonly alerts: readonly Alert[]
}

export interface DeadLetterEntry {
  readonly partition: number
  readonly offset: number
  readonly cause: string
  readonly reason: string
  readonly time: string
}

export interface OperationsAnswer extends Answer {
  readonly version: string
  readonly uptimeSeconds: number
  readonly log: string
  readonly topics: readonly { readonly topic: string; readonly partitions: number; readonly records: number }[]
  readonly view: { readonly lagRecords: number }
  readonly tracker: { readonly lagRecords: number | null }
  readonly deadLetters: { readonly count: number; readonly latest: readonly DeadLetterEntry[] }
  readonly memory: {
    readonly rssBytes: number
    readonly heapUsedBytes: number
    readonly externalBytes: number
    readonly arrayBuffersBytes: number
  }
}
