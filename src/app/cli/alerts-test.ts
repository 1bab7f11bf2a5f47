import { ALERT_DEFINITIONS } from '../../core/alerts/alert-definitions.ts'
import { makeAlert } from '../../core/alerts/make-alert.ts'
import type { Offset } from '../../core/contracts/ids.ts'
import type { AlertKind, AlertStatus, LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { alertSettingsOf } from '../config/alerts-config.ts'
import type { Config } from '../config/config-schema.ts'
import { createLogger } from '../observability/logger.ts'
import { TOPICS } from '../topics.ts'
import { openAlertSinks, type WiredSink } from '../wire.ts'
import { print } from './output.ts'
import { requireRule } from './require-rule.ts'

/**
 * Sends a test alert and its end to every configured sink, past its filter, and prints what each answered. Nothing is
 * written to the log. Throws LifecycleError `alert-undelivered` when a sink did not take it.
 */
export async function testAlert(config: Config, name: string): Promise<void> {
  const rule = requireRule(name, 'test')
  const sinks = await openAlertSinks(config.alerts, createLogger(config.logLevel))
  if (sinks.length === 0) {
    throw new RangeError(`Cannot test ${rule}: no sink is set, see alerts.log, alerts.webhook and alerts.alertmanager`)
  }
  const startsAt = Date.now()
  const failures: string[] = []
  for (const { sink } of sinks) {
    const answer = await answerOf(sink, [
      testAlertOf(config, rule, 'firing', startsAt),
      testAlertOf(config, rule, 'resolved', startsAt),
    ])
    if (answer.isFailure) failures.push(sink.name)
    await print(`${sink.name}: ${answer.text}\n`)
  }
  if (failures.length === 0) return
  throw new LifecycleError('alert-undelivered', `Cannot test ${rule}: ${failures.join(', ')} did not take the alert`)
}

/** One after the other, as the sink would get them. */
async function answerOf(sink: WiredSink['sink'], alerts: readonly LifecycleAlert[]) {
  const answers: string[] = []
  try {
    for (const alert of alerts) answers.push(`${alert.status} ${await sink.send([alert])}`)
    return { isFailure: false, text: answers.join(', ') }
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error
    return { isFailure: true, text: error.message }
  }
}

function testAlertOf(config: Config, rule: AlertKind, status: AlertStatus, startsAt: number): LifecycleAlert {
  return makeAlert(ALERT_DEFINITIONS[rule], {
    status,
    severity: alertSettingsOf(config.alerts.rules)[rule].severity,
    subject: 'test',
    message: `[TEST] ${rule}: this is a test, nothing has happened`,
    evidence: { test: 'true' },
    startsAt,
    eventTime: status === 'firing' ? startsAt : startsAt + 1,
    source: { topic: TOPICS.interactions, partition: 0, offset: 0 as Offset },
  })
}
