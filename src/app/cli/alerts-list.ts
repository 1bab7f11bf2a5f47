import type { AlertFamily, AlertStatus, LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { latestAlerts } from '../alerts/latest-alerts.ts'
import type { Config } from '../config/config-schema.ts'
import { textTable } from '../report/text-table.ts'
import { alertJson } from '../serving/operations-report-routes.ts'
import { openWorldAsFound } from '../wire.ts'
import { print } from './output.ts'

export interface ListChoice {
  readonly status?: AlertStatus
  readonly family?: AlertFamily
  readonly limit: number
  readonly json: boolean
}

export async function listAlerts(config: Config, { status, family, limit, json }: ListChoice): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const all = await latestAlerts(world.log, world.codecs)
    const wanted = all.filter(
      (alert) => (status === undefined || alert.status === status) && (family === undefined || alert.family === family),
    )
    const shown = wanted.slice(0, limit)
    if (json) {
      for (const alert of shown) await print(`${JSON.stringify(alertJson(alert))}\n`)
      return
    }
    if (shown.length === 0) return print('No alerts\n')
    const more = wanted.length > limit ? [`There are ${wanted.length - limit} more; --limit shows them`] : []
    await print(`${[...textTable([HEAD, ...shown.map(row)], HEAD.length), ...more].join('\n')}\n`)
  } finally {
    await world.close()
  }
}

const HEAD = ['since', 'status', 'severity', 'rule', 'message']

function row({ startsAt, status, severity, kind, message }: LifecycleAlert): string[] {
  return [`${new Date(startsAt).toISOString().slice(0, 16)}Z`, status, severity, kind, message]
}
