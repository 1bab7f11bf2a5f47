import {
  ALERT_KINDS,
  type AlertKind,
  type LifecycleAlert,
  USER_ALERT_KINDS,
} from '../../../core/contracts/lifecycle-alert.ts'
import type { Judgement, SimulatedTruth } from './simulated-truth.ts'

const MONTH_MS = 30 * 86_400_000
/** Rules about a process: the log has no trace of what they watch. */
export const NOT_REPLAYED: readonly AlertKind[] = ['lag-burn', 'restore-stuck', 'freshness', 'state-skew']

export interface RuleSummary {
  readonly rule: AlertKind
  readonly fired: number
  readonly resolved: number
  /** Times per 30 days of the range. */
  readonly perMonth: number
  /** On whom, the most frequent first. */
  readonly subjects: readonly string[]
  /** Null without a simulator behind the data, and null precision or recall without anything to count. */
  readonly truth: (Judgement & { readonly precision: number | null; readonly recall: number | null }) | null
}

/** By rule, what fired from `fromMs` to `toMs`, unix ms. */
export function summarizeBacktest(
  alerts: readonly LifecycleAlert[],
  fromMs: number,
  toMs: number,
  truth: SimulatedTruth | null,
  stalledAfterDays: number,
): RuleSummary[] {
  const within = alerts.filter(({ eventTime }) => eventTime >= fromMs && eventTime <= toMs)
  return ALERT_KINDS.filter((kind) => !NOT_REPLAYED.includes(kind)).map((rule) => {
    const ofRule = within.filter(({ kind }) => kind === rule)
    const fired = ofRule.filter(({ status }) => status === 'firing')
    const months = Math.max(1, toMs - fromMs) / MONTH_MS
    return {
      rule,
      fired: fired.length,
      resolved: ofRule.length - fired.length,
      perMonth: fired.length / months,
      subjects: subjectsOf(fired),
      truth: truth && withRates(judge(rule, fired, truth, stalledAfterDays)),
    }
  })
}

/** The simulated population, its data and its model never change: whatever fires about them is a false alarm. */
function judge(
  rule: AlertKind,
  fired: readonly LifecycleAlert[],
  truth: SimulatedTruth,
  stalledAfterDays: number,
): Judgement {
  const userRule = USER_ALERT_KINDS.find((kind) => kind === rule)
  if (userRule) return truth.judge(userRule, fired, stalledAfterDays)
  return { right: 0, fired: fired.length, told: 0, changes: 0 }
}

function withRates(judgement: Judgement) {
  const { right, fired, told, changes } = judgement
  return { ...judgement, precision: fired > 0 ? right / fired : null, recall: changes > 0 ? told / changes : null }
}

function subjectsOf(fired: readonly LifecycleAlert[]): string[] {
  const counts = new Map<string, number>()
  for (const { subject } of fired) counts.set(subject, (counts.get(subject) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a).map(([subject]) => subject)
}
