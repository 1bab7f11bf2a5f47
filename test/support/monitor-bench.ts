import { AlertMonitor } from '../../src/core/alerts/alert-monitor.ts'
import { defaultRuleSettings } from '../../src/core/alerts/default-alert-settings.ts'
import { ALERT_DEFINITIONS } from '../../src/core/alerts/alert-definitions.ts'
import type { Observation } from '../../src/core/alerts/observation.ts'
import type { AlertSettings } from '../../src/core/contracts/alert-settings.ts'
import type { Offset } from '../../src/core/contracts/ids.ts'
import { ALERT_KINDS, type AlertKind, type LifecycleAlert } from '../../src/core/contracts/lifecycle-alert.ts'
import { TEST_SETTINGS } from './tracker-settings.ts'

/** Only these rules, with the thresholds in place of the defaults. */
export function onlyRules(thresholds: Partial<Record<AlertKind, Readonly<Record<string, number>>>>): AlertSettings {
  return Object.fromEntries(
    ALERT_KINDS.map((kind) => {
      const settings = defaultRuleSettings(ALERT_DEFINITIONS[kind])
      const changed = { ...settings.thresholds, ...thresholds[kind] }
      return [kind, { ...settings, enabled: thresholds[kind] !== undefined, thresholds: changed }]
    }),
  ) as AlertSettings
}

/**
 * What the rules say of the observations. The state is taken through JSON after every `restartEvery`-th of them, as a
 * restart of the monitor does.
 */
export function alertsOf(
  settings: AlertSettings,
  observations: readonly Observation[],
  restartEvery = Infinity,
): LifecycleAlert[] {
  const alerts: LifecycleAlert[] = []
  let monitor = new AlertMonitor(settings, TEST_SETTINGS.tasks)
  observations.forEach((observation, i) => {
    alerts.push(...monitor.observe(observation, { topic: 'interactions', partition: 0, offset: i as Offset }))
    if (i % restartEvery === restartEvery - 1) {
      monitor = new AlertMonitor(settings, TEST_SETTINGS.tasks, JSON.parse(JSON.stringify(monitor.state)))
    }
  })
  return alerts
}

/** In short: `subject status`. */
export function brief(alerts: readonly LifecycleAlert[]): string[] {
  return alerts.map(({ subject, status }) => `${subject} ${status}`)
}
