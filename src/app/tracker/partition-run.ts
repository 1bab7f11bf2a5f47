import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { StopFlag } from '../stop-flag.ts'
import type { World, WorldLogger } from '../wire.ts'
import { openTracker, type OpenTrackerOptions } from './open-tracker.ts'
import type { PartitionTracker } from './partition-tracker.ts'
import { DamagedStore } from './watch-store.ts'

/** Waits for input at most so long, in case nobody says that there is some. */
const IDLE_MS = 200
const RETRY_MS = 1000

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
  private readonly options: OpenTrackerOptions
  private readonly logger: WorldLogger

  /** `after` is what must have ended before the store may be opened. */
  constructor(world: World, options: OpenTrackerOptions, logger: WorldLogger, after: Promise<void>) {
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
    const tracker = await openTracker(this.world, this.options)
    this.tracker = tracker
    try {
      while (!this.flag.stopped) {
        const changed = this.world.log.changed()
        const consumed = await tracker.step({ partial: true })
        this.lastProgressMs = Date.now()
        if (consumed > 0) this.lastInputMs = this.lastProgressMs
        else await this.flag.waitFor(changed, IDLE_MS)
      }
    } finally {
      this.tracker = null
      await tracker.close()
    }
  }
}
