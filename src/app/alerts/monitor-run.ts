import { AlertMonitor } from '../../core/alerts/alert-monitor.ts'
import type { Observation } from '../../core/alerts/observation.ts'
import type { SourcePosition } from '../../core/contracts/ids.ts'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { Log, LogWriter, OutputRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { alertSettingsOf } from '../config/alerts-config.ts'
import type { Config } from '../config/config-schema.ts'
import { encodeId } from '../encode-id.ts'
import { TOPICS } from '../topics.ts'
import { MonitorFeed } from './monitor-feed.ts'
import { monitorRecords, readMonitorRecord } from './monitor-record.ts'

export const MONITOR_TASK = 'alert-monitor'

/** Without an alert the state is committed after so many records, or so long. */
const COMMIT_EVERY_RECORDS = 50_000
const COMMIT_EVERY_MS = 5000

export interface MonitorOptions {
  readonly config: Config
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly nowMs: () => number
  /** Consumer group of the tracker, up to whose position the monitor reads. */
  readonly group?: string
  /** Interactions of one step. */
  readonly chunk?: number
}

/**
 * The monitor of the whole: takes the topics and the process's own observations over, and commits the alerts with its
 * state in one transaction. So a restart neither loses nor repeats an alert: it goes on from the state that the last
 * ones were committed with. One runs at a time; opening another fences it.
 */
export class MonitorRun {
  private readonly options: MonitorOptions
  private writer: LogWriter | null = null
  private monitor!: AlertMonitor
  private feed!: MonitorFeed
  private uncommittedRecords = 0
  private committedMs = 0
  /** False from the failure of a step until the state is as it was committed. */
  private restored = false
  /** Raised by opening: rules that were switched off. */
  private pending: LifecycleAlert[] = []

  private constructor(options: MonitorOptions) {
    this.options = options
  }

  static async open(options: MonitorOptions): Promise<MonitorRun> {
    const run = new MonitorRun(options)
    await run.restore()
    return run
  }

  /** What each rule says at present. */
  get state() {
    return this.monitor.state
  }

  /** Takes the next records and these observations over. Returns how many records there were. */
  async step(observations: readonly Observation[] = []): Promise<number> {
    if (!this.restored) await this.restore()
    try {
      const alerts = this.pending
      this.pending = []
      const observe = (observation: Observation, source: SourcePosition): void => {
        alerts.push(...this.monitor.observe(observation, source))
      }
      const read = await this.feed.follow(observe)
      for (const observation of observations) observe(observation, this.feed.positionOf(TOPICS.interactions, 0))
      this.uncommittedRecords += read + observations.length
      if (this.isDue(alerts)) await this.commit(alerts)
      return read
    } catch (error) {
      this.restored = false
      throw error
    }
  }

  /** Commits what it has seen, so that the next one need not see it again. */
  async close(): Promise<void> {
    try {
      if (this.restored && this.uncommittedRecords > 0) await this.commit(this.pending)
    } finally {
      await this.writer?.close()
    }
  }

  private isDue(alerts: readonly LifecycleAlert[]): boolean {
    if (alerts.length > 0 || this.uncommittedRecords >= COMMIT_EVERY_RECORDS) return true
    return this.uncommittedRecords > 0 && this.options.nowMs() - this.committedMs >= COMMIT_EVERY_MS
  }

  private async commit(alerts: readonly LifecycleAlert[]): Promise<void> {
    const { codecs, nowMs } = this.options
    const timestamp = this.feed.clock() || nowMs()
    const outputs = alerts.map((alert): OutputRecord => {
      const value = codecs.lifecycleAlert.encode(alert)
      return {
        topic: TOPICS.lifecycleAlerts,
        partition: 0,
        key: encodeId(alert.subject),
        value,
        timestamp: alert.eventTime,
      }
    })
    outputs.push(...monitorRecords({ feed: this.feed.state, monitor: this.monitor.state }, timestamp))
    await this.writer!.commit({ group: MONITOR_TASK, outputs, positions: [] })
    this.uncommittedRecords = 0
    this.committedMs = nowMs()
  }

  private async restore(): Promise<void> {
    const { config, log, codecs, group, chunk } = this.options
    await this.writer?.close()
    // First of all: from here on no earlier owner adds to the state.
    this.writer = await log.openWriter(MONITOR_TASK)
    const { feed, monitor } = await readMonitorRecord(log)
    this.feed = new MonitorFeed(log, codecs, feed, { group, chunk })
    this.monitor = new AlertMonitor(alertSettingsOf(config.alerts.rules), config.tasks, monitor)
    const atMs = this.feed.clock() || this.options.nowMs()
    this.pending = [...this.monitor.retire(atMs, this.feed.positionOf(TOPICS.interactions, 0))]
    this.uncommittedRecords = 0
    this.restored = true
  }
}
