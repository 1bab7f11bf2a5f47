import type { DayQuality, DriftPlan, DriftRanker, DriftWorld } from './drift-plan.ts'
import { DRIFT_RANKERS } from './drift-plan.ts'

/** Recovered: the mean AUC is so close to the reference of the same day, or the mean log loss to its. */
export const AUC_WITHIN = 0.005
export const LOG_LOSS_WITHIN = 0.01

/** Time from the change to the first day from which on a ranker stays recovered; null when it does not within the days. */
export interface Recovery {
  readonly days: number | null
  /** Examples of the days before that day. */
  readonly examples: number | null
}

export interface DriftResult {
  /** Means over worlds, day by day. */
  readonly days: Readonly<Record<DriftRanker, readonly DayQuality[]>>
  readonly recovery: Readonly<Record<'online' | 'frozen', { readonly auc: Recovery; readonly logLoss: Recovery }>>
  readonly worlds: readonly DriftWorld[]
}

/** Means over the worlds, and when each ranker is back. */
export function summariseDrift(
  { daysBefore }: Pick<DriftPlan, 'daysBefore'>,
  worlds: readonly DriftWorld[],
): DriftResult {
  const days = Object.fromEntries(
    DRIFT_RANKERS.map((ranker) => [ranker, meanDays(worlds.map((world) => world[ranker]))]),
  ) as Record<DriftRanker, DayQuality[]>
  const after = (ranker: DriftRanker) => days[ranker].slice(daysBefore)
  const recoveryOf = (ranker: 'online' | 'frozen') => {
    const pairs = after(ranker).map((day, i) => [day, after('reference')[i]] as const)
    return {
      auc: firstLasting(pairs.map(([own, best]) => [own.auc >= best.auc - AUC_WITHIN, own.examples])),
      logLoss: firstLasting(
        pairs.map(([own, best]) => [own.logLoss <= best.logLoss * (1 + LOG_LOSS_WITHIN), own.examples]),
      ),
    }
  }
  return { days, recovery: { online: recoveryOf('online'), frozen: recoveryOf('frozen') }, worlds }
}

function firstLasting(days: readonly (readonly [isBack: boolean, examples: number])[]): Recovery {
  const lastAway = days.findLastIndex(([isBack]) => !isBack)
  if (lastAway === days.length - 1) return { days: null, examples: null }
  const examples = days.slice(0, lastAway + 1).reduce((sum, [, count]) => sum + count, 0)
  return { days: lastAway + 1, examples: Math.round(examples) }
}

function meanDays(worlds: readonly (readonly DayQuality[])[]): DayQuality[] {
  return worlds[0].map((_, day) => {
    const mean = (of: (quality: DayQuality) => number) =>
      worlds.reduce((sum, world) => sum + of(world[day]), 0) / worlds.length
    return { examples: mean(({ examples }) => examples), auc: mean((q) => q.auc), logLoss: mean((q) => q.logLoss) }
  })
}
