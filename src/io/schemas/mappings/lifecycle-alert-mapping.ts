import type { LifecycleAlert } from '../../../core/contracts/lifecycle-alert.ts'
import { ALERT_FAMILIES, ALERT_SEVERITIES, ALERT_STATUSES } from '../../../core/contracts/lifecycle-alert.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { memberOf } from '../record-mapping.ts'
import { plainPosition } from './plain-parts.ts'

interface LifecycleAlertBody extends Omit<LifecycleAlert, 'family' | 'status' | 'severity'> {
  readonly family: string
  readonly status: string
  readonly severity: string
}

export const LIFECYCLE_ALERT_MAPPING: RecordMapping<LifecycleAlert, LifecycleAlertBody> = {
  schema: 'lifecycle-alert',

  toBody: (record) => record,

  /** Version 1 had neither start nor fingerprint; both follow from what it has. */
  fromBody: (body) => ({
    ...body,
    family: memberOf(ALERT_FAMILIES, body.family, 'family'),
    status: memberOf(ALERT_STATUSES, body.status, 'status'),
    severity: memberOf(ALERT_SEVERITIES, body.severity, 'severity'),
    fingerprint: body.fingerprint === '' ? `${body.kind}/${body.subject}` : body.fingerprint,
    startsAt: body.startsAt === 0 ? body.eventTime : body.startsAt,
    source: plainPosition(body.source),
  }),
}
