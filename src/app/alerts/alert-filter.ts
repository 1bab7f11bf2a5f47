import {
  ALERT_SEVERITIES,
  type AlertFamily,
  type AlertSeverity,
  type LifecycleAlert,
} from '../../core/contracts/lifecycle-alert.ts'

/** Which alerts a sink is told of. */
export interface AlertFilter {
  readonly families: readonly AlertFamily[]
  readonly minSeverity: AlertSeverity
}

export function isWanted({ families, minSeverity }: AlertFilter, { family, severity }: LifecycleAlert): boolean {
  return families.includes(family) && ALERT_SEVERITIES.indexOf(severity) >= ALERT_SEVERITIES.indexOf(minSeverity)
}
