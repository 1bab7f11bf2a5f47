import type { Stage } from '../../contracts/stage.ts'
import type { StageTransition } from '../../contracts/stage-transition.ts'
import type { AlertSeverity } from '../../contracts/lifecycle-alert.ts'
import type { AlertLevel } from '../step-alert.ts'
import type { RuleDefinition } from '../rule-definition.ts'

/** What the user rules look at: the user after an event or a timer, and the transitions that it brought. */
export interface UserFacts {
  readonly userId: string
  readonly stage: Stage
  readonly stageSince: number
  readonly firstEventTime: number
  readonly dormant: boolean
  /** The `returned` flag holds until then, unix ms; 0 when it is not set. */
  readonly returnedUntil: number
  readonly timeMs: number
  readonly transitions: readonly StageTransition[]
}

/** A rule about one user: a pure function of the facts. */
export interface UserRule {
  readonly definition: RuleDefinition
  level(facts: UserFacts, thresholds: Readonly<Record<string, number>>): AlertLevel
  /** Severity, where it is not the configured one. */
  severity?(facts: UserFacts): AlertSeverity | null
  message(facts: UserFacts, status: 'firing' | 'resolved'): string
  /** Time at which to look again although nothing has happened, unix ms; Infinity for none. */
  due?(facts: Omit<UserFacts, 'timeMs' | 'transitions'>, thresholds: Readonly<Record<string, number>>): number
}

/** The transition of a kind among those that have just happened. */
export function transitionWith(
  { transitions }: Pick<UserFacts, 'transitions'>,
  reason: StageTransition['reason'],
): StageTransition | undefined {
  return transitions.find((transition) => transition.reason === reason)
}
