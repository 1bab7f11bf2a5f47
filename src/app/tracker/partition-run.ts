import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { StopFlag } from '../stop-flag.ts'
import type { World, WorldLogger } from '../wire.ts'
import { openTracker, type OpenTrackerOptions } from './open-tracker.ts'
import type { PartitionTracker } from './partition-tracker.ts'
import { DamagedStore } from './watch-store.ts'

/** Waits for input at most so long, in case nobody says that there is some. */
const IDLE_MS = 200
const RETRY_MS = 1000

export interface PartitionRunOptions extends OpenTrackerOptions {
  /** From one commit to the next while input comes slower than slices fill, ms: each commit costs the brokers the same. */
  readonly commitIntervalMs: number
}

/**
 * One partition at work until it is told to stop: opens its tracker, tracks what comes, and after a failure that passes
 * goes on from where the log stands.
 */
export class PartitionRun {
  tracker: PartitionTracker | null = null
  /** When the last slice was committed, or the partition was found without input; unix ms. */
  lastProgressMs = Date.now()
  /** When the last slice that was not empty was committed, unix ms. */
  lastInputMs = Date.now()
  private readonly flag = new StopFlag()
  /** Rejects with a failure that does not pass. */
  readonly end: Promise<void>
  private readonly world: World
  private readonly options: PartitionRunOptions
  private readonly logger: WorldLogger

  /** `after` is what must have ended before the store may be opened. */
  constructor(world: World, options: PartitionRunOptions, logger: WorldLogger, after: Promise<void>) {
    this.world = world
    this.options = options
    this.logger = logger
    this.end = after.then(() => this.run())
  }

  /** Ends after the slice under way. */
  async stop(): Promise<void> {
    this.flag.stop()
    await this.end.catch(() => {})
  }

  private async run(): Promise<void> {
    while (!this.flag.stopped) {
      try {
        await this.track()
      } catch (error) {
        if (error instanceof DamagedStore) {
          await this.world.quarantineStore(this.options.partition, error)
          continue
        }
        if (!(error instanceof LifecycleError && (error.retryable || error.code === 'fenced'))) throw error
        // Fenced and still told to work on it: whoever took it over may be gone again, or we come back from a long pause.
        this.logger.warn({ partition: this.options.partition, code: error.code }, error.message)
        await this.flag.wait(RETRY_MS)
      }
    }
  }

  private async track(): Promise<void> {
    const { commitIntervalMs, ...options } = this.options
    const tracker = await openTracker(this.world, options)
    this.tracker = tracker
    try {
      while (!this.flag.stopped) {
        const changed = this.world.log.changed()
        const startedMs = performance.now()
        const consumed = await tracker.step({ partial: true })
        this.lastProgressMs = Date.now()
        if (consumed === 0) {
          await this.flag.waitFor(changed, IDLE_MS)
          continue
        }
        this.lastInputMs = this.lastProgressMs
        const isFull = tracker.nextOffset % options.sliceSize === 0
        const restMs = commitIntervalMs - (performance.now() - startedMs)
        if (!isFull && restMs > 0) await this.flag.wait(restMs)
      }
    } finally {
      this.tracker = null
      await tracker.close()
    }
  }
}
