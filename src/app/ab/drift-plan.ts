import type { WorldChange } from '../../core/simulator/world-settings.ts'
import type { Config } from '../config/config-schema.ts'

/** What a study of a changing world is to do; fit for sending to a process. */
export interface DriftPlan {
  readonly config: Config
  readonly change: Exclude<WorldChange, 'none'>
  readonly users: number
  readonly items: number
  /** Days before and after the change. */
  readonly daysBefore: number
  readonly daysAfter: number
  readonly worlds: number
  readonly seed: number
}

export const DRIFT_RANKERS = ['online', 'frozen', 'reference'] as const
export type DriftRanker = (typeof DRIFT_RANKERS)[number]

/** Quality of one day's predictions, means over the tasks; NaN where a day has no examples of both classes. */
export interface DayQuality {
  readonly examples: number
  readonly auc: number
  readonly logLoss: number
}

/** By ranker, day by day from the first. */
export type DriftWorld = Readonly<Record<DriftRanker, readonly DayQuality[]>>
