import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { AlertSink } from '../../io/alert-sinks/alert-sink.ts'
import type { Log, LogWriter } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StopFlag } from '../stop-flag.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import type { WorldLogger } from '../wire.ts'
import { type AlertFilter, isWanted } from './alert-filter.ts'
import { dropAlertsOf } from './drop-alerts-of.ts'

export interface ForwarderOptions {
  readonly sink: AlertSink
  readonly filter: AlertFilter
  /** Alerts on their way at the same time at most. */
  readonly maxInFlight: number
  /** Firing alerts that are kept up at most, for a receiver that forgets. */
  readonly maxFiring: number
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly logger: WorldLogger
  readonly nowMs: () => number
  readonly firstRetryMs?: number
  readonly longestRetryMs?: number
}

const READ_LIMIT = 1000

/**
 * Follows lifecycle-alerts for one sink, with a position of its own: a receiver that is down makes only its own alerts
 * wait, in the log, and a restart goes on where it was. After a crash the last few may be sent again, with their keys.
 */
export class AlertForwarder {
  private readonly options: ForwarderOptions
  private readonly group: string
  private writer: LogWriter | null = null
  private positions: number[] = []
  /** By deduplication key; only for a receiver that forgets. */
  private readonly firing = new Map<string, LifecycleAlert>()
  private sentAgainMs = -Infinity
  private attempt = 0
  private retryAtMs = -Infinity

  constructor(options: ForwarderOptions) {
    this.options = options
    this.group = `alerts-${options.sink.name}`
  }

  /** Takes the sink over from whoever had it. A sink that is new begins with what comes next. */
  async open(): Promise<void> {
    const { log, sink } = this.options
    this.writer = await log.openWriter(this.group)
    const partitions = log.topics().find(({ name }) => name === TOPICS.lifecycleAlerts)?.partitions ?? 0
    this.positions = []
    this.firing.clear()
    for (let partition = 0; partition < partitions; partition++) {
      const start = await log.startOffset(TOPICS.lifecycleAlerts, partition)
      const committed = await log.committed(this.group, TOPICS.lifecycleAlerts, partition)
      const position = committed ?? (await log.endOffset(TOPICS.lifecycleAlerts, partition))
      this.positions.push(Math.max(start, position))
      if (sink.resendMs !== null) await this.recallFiring(partition, start)
    }
    await this.commit()
  }

  /** Sends what has come, and again what is due. Returns how many records it took over; 0 also while it waits to retry. */
  async step(flag: StopFlag): Promise<number> {
    if (this.options.nowMs() < this.retryAtMs) return 0
    try {
      await this.sendAgain()
      let taken = 0
      for (let partition = 0; partition < this.positions.length && !flag.stopped; partition++) {
        taken += await this.forward(partition)
      }
      this.attempt = 0
      return taken
    } catch (error) {
      if (!(error instanceof LifecycleError && error.code === 'alert-undelivered' && error.retryable)) throw error
      this.waitToRetry(error)
      return 0
    }
  }

  async close(): Promise<void> {
    await this.writer?.close()
  }

  private async forward(partition: number): Promise<number> {
    const { log, codecs, filter, maxInFlight } = this.options
    const slice = await log.read(TOPICS.lifecycleAlerts, partition, this.positions[partition], maxInFlight)
    if (slice.nextOffset === this.positions[partition]) return 0
    const alerts: LifecycleAlert[] = []
    for (const { key, value } of slice.records) {
      // Nothing about an erased user is sent again.
      if (!value) dropAlertsOf(this.firing, key)
      else alerts.push(codecs.lifecycleAlert.decodeOwn(value))
    }
    const wanted = alerts.filter((alert) => isWanted(filter, alert))
    if (wanted.length > 0) await this.send(wanted)
    for (const alert of wanted) this.remember(alert)
    this.positions[partition] = slice.nextOffset
    await this.commit()
    return slice.records.length
  }

  /** What the receiver will never take is told in the log, and left. */
  private async send(alerts: readonly LifecycleAlert[]): Promise<void> {
    const { sink, logger } = this.options
    try {
      await sink.send(alerts)
    } catch (error) {
      if (!(error instanceof LifecycleError && error.code === 'alert-undelivered') || error.retryable) throw error
      logger.error({ sink: sink.name, alerts: alerts.map(({ deduplicationKey }) => deduplicationKey) }, error.message)
    }
  }

  private async sendAgain(): Promise<void> {
    const { sink, nowMs } = this.options
    const now = nowMs()
    if (sink.resendMs === null || this.firing.size === 0 || now - this.sentAgainMs < sink.resendMs) return
    await this.send([...this.firing.values()])
    this.sentAgainMs = now
  }

  private remember(alert: LifecycleAlert): void {
    const { sink, maxFiring, logger } = this.options
    if (sink.resendMs === null) return
    if (alert.status === 'resolved') this.firing.delete(alert.deduplicationKey)
    else if (this.firing.size < maxFiring) this.firing.set(alert.deduplicationKey, alert)
    else
      logger.warn({ sink: sink.name, alert: alert.deduplicationKey }, `more than ${maxFiring} alerts fire: not kept up`)
  }

  /** What fires at the position, from what the topic still holds. */
  private async recallFiring(partition: number, start: number): Promise<void> {
    const { log, codecs, filter } = this.options
    const end = this.positions[partition]
    for await (const { records } of readTo(log, TOPICS.lifecycleAlerts, partition, start, end, READ_LIMIT)) {
      for (const { key, value } of records) {
        const alert = value && codecs.lifecycleAlert.decodeOwn(value)
        if (!alert) dropAlertsOf(this.firing, key)
        else if (isWanted(filter, alert)) this.remember(alert)
      }
    }
  }

  private async commit(): Promise<void> {
    const positions = this.positions.map((nextOffset, partition) => {
      return { topic: TOPICS.lifecycleAlerts, partition, nextOffset }
    })
    await this.writer!.commit({ group: this.group, outputs: [], positions })
  }

  /** The wait doubles; the second half of it is drawn, so that many processes do not come back at one moment. */
  private waitToRetry(error: LifecycleError): void {
    const { sink, logger, nowMs, firstRetryMs = 500, longestRetryMs = 60_000 } = this.options
    const fullMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.attempt)
    const waitMs = Math.round((fullMs * (1 + Math.random())) / 2)
    this.attempt++
    this.retryAtMs = nowMs() + waitMs
    logger.warn({ sink: sink.name, attempt: this.attempt, waitMs }, error.message)
  }
}
