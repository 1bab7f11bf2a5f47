import type { TaskDefinition } from '../contracts/task-definition.ts'
import type { AlertLevel } from './step-alert.ts'
import type { Observation, ObservationKind } from './observation.ts'
import type { RuleDefinition } from './rule-definition.ts'

/** What a rule concludes about one subject. */
export interface Verdict {
  readonly subject: string
  readonly level: AlertLevel
  /** Time of the rule's clock, unix ms. */
  readonly atMs: number
  /** The present value and its bound, in one sentence. */
  readonly message: string
  readonly evidence: Readonly<Record<string, string>>
}

export interface RuleContext {
  readonly thresholds: Readonly<Record<string, number>>
  readonly tasks: readonly TaskDefinition[]
}

/**
 * A rule about the whole: a function of its state, an observation and its thresholds. The state is plain JSON, belongs
 * to the rule and is updated in place; the same observations give the same verdicts.
 */
export interface MonitorRule<State = unknown> {
  readonly definition: RuleDefinition
  readonly sees: readonly ObservationKind[]
  start(): State
  observe(state: State, observation: Observation, context: RuleContext): readonly Verdict[]
}

export const NO_VERDICTS: readonly Verdict[] = []

/** Keeps the rule's type of state to itself. */
export function monitorRule<State>(rule: MonitorRule<State>): MonitorRule {
  return rule
}
