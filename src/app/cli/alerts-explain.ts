import { ALERT_DEFINITIONS, isUserRule } from '../../core/alerts/alert-definitions.ts'
import type { SubjectState } from '../../core/alerts/alert-monitor.ts'
import { runbookOf } from '../../core/alerts/rule-definition.ts'
import { ALERT_KINDS, type AlertKind, type LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { latestAlerts } from '../alerts/latest-alerts.ts'
import { emptyMonitorRecord, type MonitorRecord, readMonitorRecord } from '../alerts/monitor-record.ts'
import { alertSettingsOf } from '../config/alerts-config.ts'
import type { Config } from '../config/config-schema.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { print } from './output.ts'
import { requireRule } from './require-rule.ts'

const HOUR_MS = 3_600_000

/** What is known of the present; `note` says why nothing is. */
interface Present {
  readonly record: MonitorRecord
  readonly firing: readonly LifecycleAlert[]
  readonly note: string
}

export async function explainAlerts(config: Config, name: string | null, asJson: boolean): Promise<void> {
  const rules = name === null ? ALERT_KINDS : [requireRule(name, 'explain')]
  const present = await presentOf(config)
  if (asJson)
    return print(
      `${JSON.stringify(
        rules.map((rule) => explanation(config, rule, present)),
        null,
        2,
      )}\n`,
    )
  await print(`${rules.map((rule) => text(config, rule, present)).join('\n\n')}\n`)
}

/** A rule can be explained without data, and while another process has the folder. */
async function presentOf(config: Config): Promise<Present> {
  try {
    const world = await openWorldAsFound(config)
    try {
      const isKept = world.log.topics().some(({ name }) => name === TOPICS.alertMonitor)
      const record = isKept ? await readMonitorRecord(world.log) : emptyMonitorRecord()
      const alerts = await latestAlerts(world.log, world.codecs)
      return { record, firing: alerts.filter(({ status }) => status === 'firing'), note: '' }
    } finally {
      await world.close()
    }
  } catch (error) {
    const isUnknown = error instanceof LifecycleError && ['not-a-data-folder', 'folder-in-use'].includes(error.code)
    if (!isUnknown) throw error
    return { record: emptyMonitorRecord(), firing: [], note: error.message }
  }
}

function explanation(config: Config, rule: AlertKind, { record, firing, note }: Present) {
  const { family, watches, action, thresholds } = ALERT_DEFINITIONS[rule]
  const set = alertSettingsOf(config.alerts.rules)[rule]
  const subjects: Readonly<Record<string, SubjectState>> = record.monitor.subjects[rule] ?? {}
  return {
    rule,
    family,
    ...set,
    watches,
    bounds: Object.entries(thresholds).map(([name, { describe }]) => ({ name, value: set.thresholds[name], describe })),
    present: Object.entries(subjects).map(([subject, { level, atMs, message, evidence, slot }]) => {
      return { subject, level, at: new Date(atMs).toISOString(), message, evidence, firing: slot.startsAt > 0 }
    }),
    firing: firing.filter(({ kind }) => kind === rule).length,
    note,
    action,
    runbook: runbookOf(rule),
  }
}

function text(config: Config, rule: AlertKind, present: Present): string {
  const told = explanation(config, rule, present)
  const { family, severity, enabled, watches, bounds, fireAfter, clearAfter, coolDownMs, action, runbook } = told
  const hysteresis = isUserRule(rule)
    ? 'at the first breach'
    : `after ${fireAfter} in a row, resolved after ${clearAfter} all-clears in a row`
  return [
    `${rule}   ${family}, ${severity}${enabled ? '' : ', switched off'}`,
    `  watches   ${watches}`,
    ...bounds.map(({ name, value, describe }) => `  bound     ${name} = ${value}: ${describe}`),
    `  fires     ${hysteresis}; not again within ${coolDownMs / HOUR_MS} h`,
    ...presentLines(rule, told),
    `  action    ${action}`,
    `  runbook   ${runbook}`,
  ].join('\n')
}

function presentLines(rule: AlertKind, { present, firing, note }: ReturnType<typeof explanation>): string[] {
  if (note !== '') return [`  present   unknown: ${note}`]
  if (isUserRule(rule)) return [`  present   fires about ${firing} ${firing === 1 ? 'user' : 'users'}`]
  if (present.length === 0) return ['  present   nothing to judge yet']
  return present.map(
    ({ subject, at, message, firing: fires }) => `  present   ${subject}: ${message} (${at}${fires ? ', fires' : ''})`,
  )
}
