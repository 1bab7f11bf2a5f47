import type { AlertFamily, AlertKind, AlertSeverity } from '../contracts/lifecycle-alert.ts'

/** A number of a rule that the configuration may set. */
export interface Threshold {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly describe: string
}

/** A rule as data: the configuration, `alerts explain` and the runbooks' list come from it. */
export interface RuleDefinition {
  readonly kind: AlertKind
  readonly family: AlertFamily
  readonly severity: AlertSeverity
  readonly coolDownHours: number
  readonly fireAfter: number
  readonly clearAfter: number
  readonly thresholds: Readonly<Record<string, Threshold>>
  /** Names of thresholds: the first must not be above the second. */
  readonly ordered?: readonly (readonly [lower: string, upper: string])[]
  /** What it watches and when it fires, for people. */
  readonly watches: string
  /** What to do first. */
  readonly action: string
}

export function runbookOf(kind: string): string {
  return `deploy/runbooks/${kind}.md`
}
