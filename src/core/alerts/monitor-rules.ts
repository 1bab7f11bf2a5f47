import type { AlertKind, UserAlertKind } from '../contracts/lifecycle-alert.ts'
import type { MonitorRule } from './monitor-rule.ts'
import { CALIBRATION_ERROR } from './rules/calibration-error.ts'
import { COHORT_BELOW_FORECAST } from './rules/cohort-below-forecast.ts'
import { DEAD_LETTER_RATE } from './rules/dead-letter-rate.ts'
import { EMBEDDING_DRIFT } from './rules/embedding-drift.ts'
import { FRESHNESS } from './rules/freshness.ts'
import { LAG_BURN } from './rules/lag-burn.ts'
import { LATE_SHARE } from './rules/late-share.ts'
import { LOSS_JUMP } from './rules/loss-jump.ts'
import { POSTERIOR_COLLAPSE } from './rules/posterior-collapse.ts'
import { QUICK_RATIO_BELOW_ONE } from './rules/quick-ratio-below-one.ts'
import { RESTORE_STUCK } from './rules/restore-stuck.ts'
import { STAGE_SHARE_SHIFT } from './rules/stage-share-shift.ts'
import { STATE_SKEW } from './rules/state-skew.ts'
import { TASK_EVENTS_STOPPED } from './rules/task-events-stopped.ts'

export type MonitorAlertKind = Exclude<AlertKind, UserAlertKind>

/** Rules about the whole, which the monitor decides. */
export const MONITOR_RULES: Readonly<Record<MonitorAlertKind, MonitorRule>> = {
  'stage-share-shift': STAGE_SHARE_SHIFT,
  'quick-ratio-below-one': QUICK_RATIO_BELOW_ONE,
  'cohort-below-forecast': COHORT_BELOW_FORECAST,
  'task-events-stopped': TASK_EVENTS_STOPPED,
  'late-share': LATE_SHARE,
  'dead-letter-rate': DEAD_LETTER_RATE,
  'calibration-error': CALIBRATION_ERROR,
  'loss-jump': LOSS_JUMP,
  'posterior-collapse': POSTERIOR_COLLAPSE,
  'embedding-drift': EMBEDDING_DRIFT,
  'lag-burn': LAG_BURN,
  'restore-stuck': RESTORE_STUCK,
  freshness: FRESHNESS,
  'state-skew': STATE_SKEW,
}

export const MONITOR_ALERT_KINDS = Object.keys(MONITOR_RULES) as MonitorAlertKind[]
