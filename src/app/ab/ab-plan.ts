import type { Appeal } from '../../core/simulator/world-settings.ts'
import type { Config } from '../config/config-schema.ts'
import type { Arm } from './arms.ts'

/** What an A/B test is to do; fit for sending to a process. */
export interface AbPlan {
  readonly config: Config
  readonly arms: readonly Arm[]
  /** Users of a world, all arms together. */
  readonly users: number
  readonly items: number
  readonly appeal: Appeal
  /** Days before the test begins: everybody gets a random ranking, and every arm learns from its own users. */
  readonly warmupDays: number
  /** Days that are measured. */
  readonly days: number
  readonly worlds: number
  readonly seed: number
  /** Candidates of a request. */
  readonly candidates: number
  /** Places of a ranking that are shown at most. */
  readonly places: number
  /** Simulated time between two updates of states and model, ms. */
  readonly slotMs: number
  /** Whether satisfaction changes retention. */
  readonly satisfaction: boolean
}

/** Told of each simulated day; the work goes on when it has returned. */
export type OnDay = () => void | Promise<void>

/** Seed of a world of the plan. */
export function worldSeedOf({ seed }: Pick<AbPlan, 'seed'>, world: number): number {
  return seed * 1000 + world
}
