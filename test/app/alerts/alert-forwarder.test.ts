import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { AlertForwarder } from '../../../src/app/alerts/alert-forwarder.ts'
import { StopFlag } from '../../../src/app/stop-flag.ts'
import { TOPICS, topicSpecs } from '../../../src/app/topics.ts'
import { ALERT_FAMILIES, type LifecycleAlert } from '../../../src/core/contracts/lifecycle-alert.ts'
import type { AlertSink } from '../../../src/io/alert-sinks/alert-sink.ts'
import { AlertmanagerSink } from '../../../src/io/alert-sinks/alertmanager-sink.ts'
import { WebhookSink } from '../../../src/io/alert-sinks/webhook-sink.ts'
import { MemoryLog } from '../../../src/io/log/memory-log.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { sinkAlert } from '../../io/alert-sinks/alert-sink.contract.ts'
import { describeWithAlertmanager, startAlertmanager, until } from '../../support/alertmanager.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { WebhookReceiver } from '../../support/webhook-receiver.ts'

const codecs = createRecordCodecs()
const flag = new StopFlag()

async function openLog(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.ensureTopics(topicSpecs(2))
  return log
}

async function publish(log: MemoryLog, ...alerts: readonly LifecycleAlert[]): Promise<void> {
  await log.append(
    alerts.map((alert) => ({
      topic: TOPICS.lifecycleAlerts,
      partition: alert.family === 'user' ? 1 : 0,
      key: Buffer.from(alert.subject),
      value: codecs.lifecycleAlert.encode(alert),
      timestamp: alert.eventTime,
    })),
  )
}

async function openForwarder(
  log: MemoryLog,
  sink: AlertSink,
  more: Partial<ConstructorParameters<typeof AlertForwarder>[0]> = {},
) {
  const filter = { families: ALERT_FAMILIES, minSeverity: 'info' as const }
  const times = { nowMs: Date.now, firstRetryMs: 20, longestRetryMs: 100 }
  const logger = QUIET_LOGGER
  const forwarder = new AlertForwarder({
    sink,
    filter,
    maxInFlight: 2,
    maxFiring: 10,
    log,
    codecs,
    logger,
    ...times,
    ...more,
  })
  await forwarder.open()
  return forwarder
}

/** Steps until nothing is left, retries included. */
async function drain(forwarder: AlertForwarder, isDone: () => boolean): Promise<void> {
  await until('everything is sent', async () => {
    await forwarder.step(flag)
    return isDone()
  })
}

function webhook(receiver: WebhookReceiver): WebhookSink {
  return new WebhookSink({
    url: receiver.url,
    secret: Buffer.from('s'),
    runbookBase: '',
    timeoutMs: 1000,
    nowMs: Date.now,
  })
}

const subjectsOf = (receiver: WebhookReceiver): unknown[] => receiver.taken().map(({ subject }) => subject)

describe('alert forwarder', () => {
  test('sends what comes after it began, and goes on where it was after a restart', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    await publish(log, sinkAlert({ subject: 'before' }))
    const first = await openForwarder(log, webhook(receiver))
    await publish(log, sinkAlert({ subject: 'a' }), sinkAlert({ subject: 'b' }))
    await drain(first, () => receiver.taken().length === 2)
    await publish(log, sinkAlert({ subject: 'while it is away' }))
    const second = await openForwarder(log, webhook(receiver))
    await drain(second, () => receiver.taken().length === 3)
    await second.step(flag)
    expect(subjectsOf(receiver)).toEqual(['a', 'b', 'while it is away'])
  })

  test('tries again what passes, with the same key, and leaves what never will', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    const forwarder = await openForwarder(log, webhook(receiver), { maxInFlight: 1 })
    receiver.faults.push(500, 503, 200, 400)
    await publish(log, sinkAlert({ subject: 'a' }), sinkAlert({ subject: 'refused' }), sinkAlert({ subject: 'c' }))
    await drain(forwarder, () => receiver.taken().length === 2)
    expect(subjectsOf(receiver)).toEqual(['a', 'c'])
    expect(receiver.deliveries.map(({ status }) => status)).toEqual([500, 503, 200, 400, 200])
    expect(new Set(receiver.deliveries.slice(0, 3).map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  test('waits longer after each failure, and never while it is asked for a step', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    let nowMs = 0
    const forwarder = await openForwarder(log, webhook(receiver), {
      nowMs: () => nowMs,
      firstRetryMs: 1000,
      longestRetryMs: 4000,
    })
    await publish(log, sinkAlert())
    const attempts: number[] = []
    receiver.faults.push(...new Array<number>(6).fill(500))
    for (; nowMs < 16_000; nowMs += 100) {
      const before = receiver.deliveries.length
      await forwarder.step(flag)
      if (receiver.deliveries.length > before) attempts.push(nowMs)
    }
    const waits = attempts.slice(1).map((at, i) => at - attempts[i])
    // Half of the full wait at least, all of it at most: 1, 2, 4, 4 ... seconds.
    for (const [i, full] of [1000, 2000, 4000, 4000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(full / 2)
      expect(waits[i]).toBeLessThanOrEqual(full + 100)
    }
  })

  test('tells a sink of its families and severities only', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    const filter = { families: ['model'] as const, minSeverity: 'warning' as const }
    const forwarder = await openForwarder(log, webhook(receiver), { filter })
    await publish(
      log,
      sinkAlert({ subject: 'info', severity: 'info' }),
      sinkAlert({ subject: 'user', family: 'user' }),
      sinkAlert({ subject: 'critical', severity: 'critical' }),
    )
    await drain(forwarder, () => receiver.taken().length === 1)
    for (let step = 0; step < 4; step++) await forwarder.step(flag)
    expect(subjectsOf(receiver)).toEqual(['critical'])
  })

  test('another forwarder of the sink fences it', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    const first = await openForwarder(log, webhook(receiver))
    await openForwarder(log, webhook(receiver))
    await publish(log, sinkAlert())
    await expect(first.step(flag)).rejects.toMatchObject({ code: 'fenced' })
  })

  test('keeps up what fires, also what fired before a restart, until it is resolved or its user erased', async () => {
    const log = await openLog()
    const sent: string[][] = []
    const sink: AlertSink = {
      name: 'forgetful',
      resendMs: 1000,
      send: async (alerts) => {
        sent.push(alerts.map(({ subject, status }) => `${subject} ${status}`).sort())
        return ''
      },
    }
    let nowMs = 0
    const options = { nowMs: () => nowMs, maxInFlight: 10 }
    const first = await openForwarder(log, sink, options)
    const lag = sinkAlert({ subject: 'lag' })
    await publish(log, lag, sinkAlert({ subject: 'ann', family: 'user' }), sinkAlert({ subject: 'loss' }))
    await first.step(flag)
    const second = await openForwarder(log, sink, options)
    sent.length = 0
    await second.step(flag)
    expect(sent).toEqual([['ann firing', 'lag firing', 'loss firing']])
    await second.step(flag)
    expect(sent).toHaveLength(1)
    await publish(log, { ...lag, status: 'resolved', endsAt: 1 })
    await log.append([
      { topic: TOPICS.lifecycleAlerts, partition: 1, key: Buffer.from('ann'), value: null, timestamp: 0 },
    ])
    nowMs = 500
    await second.step(flag)
    nowMs = 1500
    await second.step(flag)
    expect(sent.slice(1)).toEqual([['lag resolved'], ['loss firing']])
  })
})

describeWithAlertmanager('alert forwarder with an Alertmanager', () => {
  test('keeps an alert firing beyond its end by sending it again, and resolves it', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    const manager = await startAlertmanager(receiver.url)
    const sink = new AlertmanagerSink({
      url: manager.url,
      runbookBase: '',
      timeoutMs: 2000,
      resendMs: 300,
      nowMs: Date.now,
    })
    const forwarder = await openForwarder(log, sink)
    const alert = sinkAlert()
    await publish(log, alert)
    // Four periods after the first it would have ended.
    for (const endMs = Date.now() + 2500; Date.now() < endMs; await pause(50)) await forwarder.step(flag)
    expect((await manager.alerts()).map(({ labels }) => labels.subject)).toEqual(['ctr'])
    await publish(log, { ...alert, status: 'resolved', endsAt: Date.now() })
    await forwarder.step(flag)
    await until('it is resolved', async () => (await manager.alerts()).length === 0)
    await until('the receiver was told both', () => {
      const statuses = receiver.taken().map(({ status }) => status)
      return statuses.includes('firing') && statuses.includes('resolved')
    })
    const firing = receiver.taken().filter(({ status }) => status === 'firing')
    expect(firing).toHaveLength(1)
  })

  test('an alert whose forwarder has died ends by itself', async () => {
    const [log, receiver] = [await openLog(), await WebhookReceiver.start()]
    const manager = await startAlertmanager(receiver.url)
    const sink = new AlertmanagerSink({
      url: manager.url,
      runbookBase: '',
      timeoutMs: 2000,
      resendMs: 300,
      nowMs: Date.now,
    })
    const forwarder = await openForwarder(log, sink)
    await publish(log, sinkAlert())
    await forwarder.step(flag)
    expect(await manager.alerts()).toHaveLength(1)
    await until('it has ended', async () => (await manager.alerts()).length === 0)
  })
})
