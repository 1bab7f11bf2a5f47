import type { AlertSettings, AlertSlot } from '../contracts/alert-settings.ts'
import type { SourcePosition } from '../contracts/ids.ts'
import type { AlertKind, LifecycleAlert } from '../contracts/lifecycle-alert.ts'
import type { TaskDefinition } from '../contracts/task-definition.ts'
import { makeAlert, startOf } from './make-alert.ts'
import type { Verdict } from './monitor-rule.ts'
import { MONITOR_ALERT_KINDS, MONITOR_RULES, type MonitorAlertKind } from './monitor-rules.ts'
import type { Observation, ObservationKind } from './observation.ts'
import { type AlertLevel, emptySlot, stepAlert } from './step-alert.ts'

/** What is known of one subject of a rule: its slot, and the latest verdict for people who ask. */
export interface SubjectState {
  readonly slot: AlertSlot
  /** Verdicts so far. */
  judged: number
  level: AlertLevel
  atMs: number
  message: string
  evidence: Readonly<Record<string, string>>
}

/** Everything that the monitor remembers, plain JSON: kept with its position, a restart goes on where it was. */
export interface MonitorState {
  /** By rule; null for one that has seen nothing. */
  readonly rules: Record<string, unknown>
  /** By rule and subject. */
  readonly subjects: Record<string, Record<string, SubjectState>>
}

export function emptyMonitorState(): MonitorState {
  return { rules: {}, subjects: {} }
}

/**
 * The rules about the whole. It is a function of its state and the observations in their order; the state is updated in
 * place. Alerts come out in the order of the rules.
 */
export class AlertMonitor {
  readonly state: MonitorState
  private readonly settings: AlertSettings
  private readonly tasks: readonly TaskDefinition[]
  private readonly seers: ReadonlyMap<ObservationKind, readonly MonitorAlertKind[]>

  constructor(settings: AlertSettings, tasks: readonly TaskDefinition[], state: MonitorState = emptyMonitorState()) {
    this.settings = settings
    this.tasks = tasks
    this.state = state
    const seers = new Map<ObservationKind, MonitorAlertKind[]>()
    for (const kind of MONITOR_ALERT_KINDS) {
      if (!settings[kind].enabled) continue
      for (const seen of MONITOR_RULES[kind].sees) seers.set(seen, [...(seers.get(seen) ?? []), kind])
    }
    this.seers = seers
  }

  /** `source` is the record behind the observation. */
  observe(observation: Observation, source: SourcePosition): readonly LifecycleAlert[] {
    const alerts: LifecycleAlert[] = []
    for (const kind of this.seers.get(observation.kind) ?? []) {
      const rule = MONITOR_RULES[kind]
      const context = { thresholds: this.settings[kind].thresholds, tasks: this.tasks }
      const ruleState = (this.state.rules[kind] ??= rule.start())
      for (const verdict of rule.observe(ruleState, observation, context)) {
        const alert = this.conclude(kind, verdict, source)
        if (alert) alerts.push(alert)
      }
    }
    return alerts
  }

  /** Ends what rules had fired that have been switched off since. */
  retire(atMs: number, source: SourcePosition): readonly LifecycleAlert[] {
    const alerts: LifecycleAlert[] = []
    for (const kind of MONITOR_ALERT_KINDS) {
      if (this.settings[kind].enabled) continue
      for (const [subject, { slot, evidence }] of Object.entries(this.state.subjects[kind] ?? {})) {
        if (slot.startsAt === 0) continue
        slot.startsAt = 0
        const content = { subject, level: 'clear' as const, atMs, message: 'The rule was switched off', evidence }
        alerts.push(this.alertOf(kind, content, 'resolved', slot, source))
      }
    }
    return alerts
  }

  private conclude(kind: MonitorAlertKind, verdict: Verdict, source: SourcePosition): LifecycleAlert | null {
    const subjects = (this.state.subjects[kind] ??= {})
    const { subject, level, atMs, message, evidence } = verdict
    const held = (subjects[subject] ??= { slot: emptySlot(), judged: 0, level, atMs, message, evidence })
    Object.assign(held, { judged: held.judged + 1, level, atMs, message, evidence })
    const status = stepAlert(held.slot, level, atMs, this.settings[kind])
    return status && this.alertOf(kind, verdict, status, held.slot, source)
  }

  private alertOf(
    kind: AlertKind & MonitorAlertKind,
    { subject, message, evidence, atMs }: Verdict,
    status: 'firing' | 'resolved',
    slot: AlertSlot,
    source: SourcePosition,
  ): LifecycleAlert {
    return makeAlert(MONITOR_RULES[kind].definition, {
      status,
      severity: this.settings[kind].severity,
      subject,
      message,
      evidence: { ...evidence, position: `${source.topic}/${source.partition}@${source.offset}` },
      startsAt: startOf(slot),
      eventTime: atMs,
      source,
    })
  }
}
