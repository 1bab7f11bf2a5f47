import type { Observation, ProcessObservation } from '../../core/alerts/observation.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Membership } from '../../io/log/log.ts'
import type { Config } from '../config/config-schema.ts'
import { StopFlag } from '../stop-flag.ts'
import { TOPICS } from '../topics.ts'
import type { World, WorldLogger } from '../wire.ts'
import type { AlertForwarder } from './alert-forwarder.ts'
import { MONITOR_CHUNK } from './monitor-feed.ts'
import { MONITOR_TASK, MonitorRun } from './monitor-run.ts'

const IDLE_MS = 200
/**
 * How often the monitor looks, once it has caught up. On Kafka each look asks the brokers for positions and ends, and no
 * rule is in such a hurry.
 */
const LOOK_EVERY_MS = 1000
const RETRY_MS = 1000

interface DutyLoop {
  /** False when nothing is left to do. */
  readonly step: () => Promise<boolean>
  readonly close: () => Promise<void>
  readonly rest: () => Promise<void>
}

export interface DutyOptions {
  readonly config: Config
  readonly world: World
  readonly forwarders: readonly AlertForwarder[]
  /** What the process sees of itself, asked for with each look. */
  readonly look: (timeMs: number) => Promise<readonly ProcessObservation[]>
  /** Growth and cohorts, asked for when a new day has begun. */
  readonly growth: () => readonly Observation[]
  /** Day of the newest state; null while there is none. */
  readonly today: () => number | null
  readonly logger: WorldLogger
}

/**
 * Watches over the whole, in one process at a time: those that could share the partition of alert-monitor as a group,
 * and who has it runs the monitor and tells the sinks. Each sink has a loop of its own; none of them, and no rule, ever
 * makes the stream wait.
 */
export class AlertDuty {
  private readonly options: DutyOptions
  private readonly flag = new StopFlag()
  private membership: Membership | null = null
  private monitor: MonitorRun | null = null
  private lookedMs = -Infinity
  private grownDay: number | null = null

  constructor(options: DutyOptions) {
    this.options = options
  }

  /** Follows until it is stopped. Rejects with a failure that does not pass. */
  async run(): Promise<void> {
    const { log } = this.options.world
    this.membership = await log.join(MONITOR_TASK, TOPICS.alertMonitor, { assigned: () => {}, revoked: () => {} })
    try {
      await Promise.all([
        this.loop({
          step: () => this.monitorStep(),
          close: () => this.closeMonitor(),
          rest: () => this.flag.wait(LOOK_EVERY_MS),
        }),
        ...this.options.forwarders.map((forwarder) => this.forwardLoop(forwarder)),
      ])
    } finally {
      await this.membership.leave()
    }
  }

  stop(): void {
    this.flag.stop()
  }

  private isOnDuty(): boolean {
    return this.membership!.held().includes(0)
  }

  private async monitorStep(): Promise<boolean> {
    const { config, world } = this.options
    this.monitor ??= await MonitorRun.open({ config, log: world.log, codecs: world.codecs, nowMs: Date.now })
    // A full chunk has more behind it.
    return (await this.monitor.step(await this.observations())) >= MONITOR_CHUNK
  }

  private async observations(): Promise<Observation[]> {
    const observations: Observation[] = []
    const nowMs = Date.now()
    if (nowMs - this.lookedMs >= LOOK_EVERY_MS) {
      this.lookedMs = nowMs
      observations.push(...(await this.options.look(nowMs)))
      const today = this.options.today()
      if (today !== null && today !== this.grownDay) {
        this.grownDay = today
        observations.push(...this.options.growth())
      }
    }
    return observations
  }

  private async closeMonitor(): Promise<void> {
    const run = this.monitor
    this.monitor = null
    this.grownDay = null
    await run?.close()
  }

  private async forwardLoop(forwarder: AlertForwarder): Promise<void> {
    const { log } = this.options.world
    let isOpen = false
    let changed = log.changed()
    await this.loop({
      step: async () => {
        if (!isOpen) {
          // Before it is: what fails half-way is closed, too.
          isOpen = true
          await forwarder.open()
        }
        changed = log.changed()
        return (await forwarder.step(this.flag)) > 0
      },
      close: async () => {
        if (!isOpen) return
        isOpen = false
        await forwarder.close()
      },
      rest: () => this.flag.waitFor(changed, IDLE_MS),
    })
  }

  /** Steps while this process is on duty, and rests where nothing is left. Who is fenced has lost it, and waits for its turn. */
  private async loop({ step, close, rest }: DutyLoop): Promise<void> {
    const { logger } = this.options
    // What could not be committed is found again by whoever opens it next.
    const release = () => close().catch(() => {})
    try {
      while (!this.flag.stopped) {
        if (!this.isOnDuty()) {
          await release()
          await this.flag.wait(RETRY_MS)
          continue
        }
        try {
          if (!(await step())) await rest()
        } catch (error) {
          const isPassing = error instanceof LifecycleError && (error.retryable || error.code === 'fenced')
          if (!isPassing) throw error
          logger.warn({ code: error.code }, `alerts wait: ${error.message}`)
          await release()
          await this.flag.wait(RETRY_MS)
        }
      }
    } finally {
      await release()
    }
  }
}
