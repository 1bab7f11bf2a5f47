import type { AlertRuleSettings, UserAlertSettings } from '../contracts/alert-settings.ts'
import { USER_ALERT_KINDS } from '../contracts/lifecycle-alert.ts'
import type { RuleDefinition } from './rule-definition.ts'
import { USER_RULES } from './user/user-rules.ts'

const HOUR_MS = 3_600_000

/** A rule as its definition sets it. */
export function defaultRuleSettings(definition: RuleDefinition): AlertRuleSettings {
  const { severity, coolDownHours, fireAfter, clearAfter, thresholds } = definition
  return {
    enabled: true,
    severity,
    coolDownMs: coolDownHours * HOUR_MS,
    fireAfter,
    clearAfter,
    thresholds: Object.fromEntries(Object.entries(thresholds).map(([name, threshold]) => [name, threshold.default])),
  }
}

export const DEFAULT_USER_ALERTS = Object.fromEntries(
  USER_ALERT_KINDS.map((kind) => [kind, defaultRuleSettings(USER_RULES[kind].definition)]),
) as UserAlertSettings
