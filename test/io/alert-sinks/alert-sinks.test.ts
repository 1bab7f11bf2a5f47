import { describe, expect, test } from 'vitest'
import { AlertmanagerSink } from '../../../src/io/alert-sinks/alertmanager-sink.ts'
import { LogSink } from '../../../src/io/alert-sinks/log-sink.ts'
import { secretBytes, signWebhook } from '../../../src/io/alert-sinks/sign-webhook.ts'
import { WebhookSink } from '../../../src/io/alert-sinks/webhook-sink.ts'
import { describeWithAlertmanager, startAlertmanager, until } from '../../support/alertmanager.ts'
import { isSigned, WebhookReceiver } from '../../support/webhook-receiver.ts'
import { describeAlertSink, sinkAlert } from './alert-sink.contract.ts'

const SECRET = 'not for others'

function webhookSink(url: string, nowMs = Date.now, timeoutMs = 2000): WebhookSink {
  return new WebhookSink({
    url,
    secret: Buffer.from(SECRET),
    runbookBase: 'https://example.org/stan',
    timeoutMs,
    nowMs,
  })
}

interface TextBody {
  readonly kind: string
  readonly subject: string
  readonly status: string
}

describeAlertSink('webhook', async () => {
  const receiver = await WebhookReceiver.start()
  return {
    sink: webhookSink(receiver.url),
    told: async () =>
      (receiver.taken() as unknown as TextBody[])
        .map(({ kind, subject, status }) => `${kind} ${subject} ${status}`)
        .sort(),
    takeDown: () => receiver.stop(),
  }
})

describeAlertSink('log', async () => {
  const told: string[] = []
  const write = (fields: object): void => {
    const { alert, subject, status } = fields as { alert: string; subject: string; status: string }
    told.push(`${alert} ${subject} ${status}`)
  }
  return { sink: new LogSink({ info: write, warn: write, error: write }), told: async () => told, takeDown: null }
})

describeAlertSink(
  'alertmanager',
  async () => {
    const receiver = await WebhookReceiver.start()
    const manager = await startAlertmanager(receiver.url)
    const options = { url: manager.url, runbookBase: '', timeoutMs: 2000, resendMs: 60_000, nowMs: Date.now }
    let sent = 0
    const sink = new AlertmanagerSink(options)
    const counting = {
      name: sink.name,
      resendMs: sink.resendMs,
      send: async (alerts: Parameters<typeof sink.send>[0]) => {
        sent += alerts.length
        return sink.send(alerts)
      },
    }
    let isDown = false
    return {
      sink: {
        ...counting,
        send: (alerts) =>
          isDown ? new AlertmanagerSink({ ...options, url: 'http://127.0.0.1:1' }).send(alerts) : counting.send(alerts),
      },
      told: async () => {
        // The Alertmanager tells its own receiver, after its waits.
        if (sent > 0)
          await until('the Alertmanager has told its receiver', () => toldBy(receiver).length >= Math.min(sent, 3))
        return toldBy(receiver)
      },
      takeDown: async () => void (isDown = true),
    }
  },
  describeWithAlertmanager,
)

/** What an Alertmanager has told its webhook, in its own form. */
function toldBy(receiver: WebhookReceiver): string[] {
  const told = receiver.taken().flatMap((body) => {
    const { alerts } = body as { alerts: { status: string; labels: Record<string, string> }[] }
    return alerts.map(({ status, labels }) => `${labels.alertname} ${labels.subject} ${status}`)
  })
  return [...new Set(told)].sort(
    (a, b) => Number(a.endsWith('resolved')) - Number(b.endsWith('resolved')) || (a < b ? -1 : 1),
  )
}

describe('webhook sink', () => {
  test('signs each attempt, with one id and idempotency key for the alert and another for its end', async () => {
    const receiver = await WebhookReceiver.start()
    const sink = webhookSink(receiver.url)
    const alert = sinkAlert()
    await sink.send([alert])
    await sink.send([alert])
    await sink.send([{ ...alert, status: 'resolved', endsAt: Date.now() }])
    const { deliveries } = receiver
    expect(deliveries.map((delivery) => isSigned(delivery, SECRET))).toEqual([true, true, true])
    expect(isSigned({ ...deliveries[0], body: `${deliveries[0].body} ` }, SECRET)).toBe(false)
    expect(isSigned(deliveries[0], 'another')).toBe(false)
    const keys = deliveries.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
    expect(deliveries[0].headers['webhook-id']).toBe(keys[0])
    expect(JSON.parse(deliveries[0].body)).toMatchObject({
      kind: 'calibration-error',
      startsAt: new Date(alert.startsAt).toISOString(),
      endsAt: null,
      runbook: 'https://example.org/stan/deploy/runbooks/calibration-error.md',
    })
  })

  test('has the signature of the Standard Webhooks specification', () => {
    // The example of the specification's reference libraries.
    const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n')
    const headers = signWebhook(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}')
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [401, false],
    [410, false],
  ])('an answer of %i may pass: %s', async (status, retryable) => {
    const receiver = await WebhookReceiver.start()
    receiver.faults.push(status)
    await expect(webhookSink(receiver.url).send([sinkAlert()])).rejects.toMatchObject({
      code: 'alert-undelivered',
      retryable,
      message: `Cannot send the alert to the webhook: it answers ${status}, not now`,
    })
  })

  test('does not wait for ever', async () => {
    const receiver = await WebhookReceiver.start()
    receiver.faults.push('hang')
    const sent = webhookSink(receiver.url, Date.now, 100).send([sinkAlert()])
    await expect(sent).rejects.toMatchObject({ code: 'alert-undelivered', retryable: true })
  })
})

describe('log sink', () => {
  test('writes by severity, and an end as information', async () => {
    const lines: string[] = []
    const at = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
    const sink = new LogSink({ info: at('info'), warn: at('warn'), error: at('error') })
    const message = 'm'
    await sink.send([sinkAlert({ severity: 'info', message }), sinkAlert({ severity: 'warning', message })])
    await sink.send([
      sinkAlert({ severity: 'critical', message }),
      sinkAlert({ status: 'resolved', endsAt: 1, message }),
    ])
    expect(lines).toEqual([
      'info alert firing: m',
      'warn alert firing: m',
      'error alert firing: m',
      'info alert resolved: m',
    ])
  })
})

describeWithAlertmanager('alertmanager sink', () => {
  test('shows alerts with labels, annotations and times, also of events of another year', async () => {
    const receiver = await WebhookReceiver.start()
    const manager = await startAlertmanager(receiver.url)
    const sink = new AlertmanagerSink({
      url: `${manager.url}/`,
      runbookBase: 'https://example.org',
      timeoutMs: 2000,
      resendMs: 60_000,
      nowMs: Date.now,
    })
    const past = sinkAlert({ subject: 'past', startsAt: Date.UTC(2025, 0, 1) })
    const future = sinkAlert({ subject: 'future', startsAt: Date.now() + 86_400_000 })
    await sink.send([past, future])
    await until('both are there', async () => (await manager.alerts()).length === 2)
    const held = (await manager.alerts()).find(({ labels }) => labels.subject === 'past')!
    expect(held.labels).toEqual({
      alertname: 'calibration-error',
      family: 'model',
      severity: 'warning',
      subject: 'past',
      service: 'stan-lifecycle',
    })
    expect(held.annotations).toMatchObject({
      summary: past.message,
      runbook_url: 'https://example.org/deploy/runbooks/calibration-error.md',
    })
    expect(held.startsAt).toBe('2025-01-01T00:00:00.000Z')
    const end = Date.parse(held.endsAt) - Date.now()
    expect(end).toBeGreaterThan(200_000)
    expect(end).toBeLessThan(240_000)
    // An end that events' time puts into the future is one now.
    await sink.send([
      { ...future, status: 'resolved', endsAt: Date.now() + 90_000_000 },
      { ...past, status: 'resolved', endsAt: past.startsAt + 1 },
    ])
    await until('none fires', async () => (await manager.alerts()).length === 0)
  })
})
