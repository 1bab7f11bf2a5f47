import type { LifecycleAlert } from '../../../core/contracts/lifecycle-alert.ts'
import { ALERT_KINDS, ALERT_SEVERITIES } from '../../../core/contracts/lifecycle-alert.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { memberOf } from '../record-mapping.ts'
import { plainPosition } from './plain-parts.ts'

interface LifecycleAlertBody extends Omit<LifecycleAlert, 'kind' | 'severity'> {
  readonly kind: string
  readonly severity: string
}

export const LIFECYCLE_ALERT_MAPPING: RecordMapping<LifecycleAlert, LifecycleAlertBody> = {
  schema: 'lifecycle-alert',

  toBody: (record) => record,

  fromBody: (body) => ({
    ...body,
    kind: memberOf(ALERT_KINDS, body.kind, 'kind'),
    severity: memberOf(ALERT_SEVERITIES, body.severity, 'severity'),
    source: plainPosition(body.source),
  }),
}
