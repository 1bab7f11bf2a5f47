import type { AlertKind, UserAlertKind } from '../contracts/lifecycle-alert.ts'
import { MONITOR_RULES } from './monitor-rules.ts'
import type { RuleDefinition } from './rule-definition.ts'
import { USER_RULES } from './user/user-rules.ts'

/** Every rule as data. */
export const ALERT_DEFINITIONS = Object.fromEntries(
  Object.values({ ...USER_RULES, ...MONITOR_RULES }).map(({ definition }) => [definition.kind, definition]),
) as Readonly<Record<AlertKind, RuleDefinition>>

export function isUserRule(kind: AlertKind): kind is UserAlertKind {
  return Object.hasOwn(USER_RULES, kind)
}
