import type { SourcePosition } from '../contracts/ids.ts'
import type { EventType } from '../contracts/interaction.ts'
import type { Prediction } from '../contracts/prediction.ts'
import type { StageTransition } from '../contracts/stage-transition.ts'
import type { UserStateRecord } from '../contracts/user-state-record.ts'
import type { Growth } from '../lifecycle/growth-accounting.ts'
import type { Interval } from '../lifecycle/calendar-interval.ts'

/**
 * What the rules about the whole see, one thing at a time. Times are unix ms: event time where a record has one, the
 * wall clock for what a process measures of itself (lag, restore, freshness, skew).
 */
export type Observation =
  | {
      readonly kind: 'input'
      readonly timeMs: number
      /** How far behind the partition's newest event it came, ms; 0 when it moved the clock on. */
      readonly lateMs: number
      readonly type: EventType
      readonly outcomes: Readonly<Partial<Record<EventType, number>>>
    }
  /** `timeMs` is the stream's time when the record came that could not be used. */
  | { readonly kind: 'dead-letter'; readonly timeMs: number }
  | { readonly kind: 'transition'; readonly transition: StageTransition }
  | { readonly kind: 'state'; readonly state: UserStateRecord }
  | { readonly kind: 'prediction'; readonly prediction: Prediction }
  /** Event time up to which everything of all partitions has been observed. */
  | { readonly kind: 'clock'; readonly timeMs: number }
  | {
      readonly kind: 'growth'
      readonly interval: Interval
      readonly startMs: number
      readonly endMs: number
      readonly growth: Growth
    }
  | {
      readonly kind: 'cohort'
      readonly startMs: number
      /** End of the interval in which `active` were active. */
      readonly endMs: number
      /** Intervals since the cohort's first. */
      readonly age: number
      readonly users: number
      readonly active: number
      /** The same of earlier cohorts at that age. */
      readonly earlier: readonly { readonly users: number; readonly active: number }[]
    }
  | { readonly kind: 'lag'; readonly timeMs: number; readonly records: number }
  | {
      readonly kind: 'restore'
      readonly timeMs: number
      /** Records of the changelog that the state still lacks, by partition; 0 or absent when it is whole. */
      readonly remaining: Readonly<Record<string, number>>
    }
  | { readonly kind: 'freshness'; readonly timeMs: number; readonly lagSeconds: number }
  | {
      readonly kind: 'skew'
      readonly timeMs: number
      /** States recomputed since the observation before, and those of them that were not what was published. */
      readonly checked: number
      readonly differing: number
      /** One of them, for the evidence. */
      readonly example?: string
    }

export type ObservationKind = Observation['kind']

/** Observations that a process makes of itself; no record stands behind them. */
export type ProcessObservation = Extract<Observation, { kind: 'lag' | 'restore' | 'freshness' | 'skew' }>

/** An observation of one of these kinds. */
export type ObservationOf<Kind extends ObservationKind> = Extract<Observation, { kind: Kind }>

/** The record behind an observation, where there is one. */
export interface Observed {
  readonly observation: Observation
  readonly source: SourcePosition
}
