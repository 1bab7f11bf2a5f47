import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Config } from '../config/config-schema.ts'
import { StopFlag } from '../stop-flag.ts'
import type { World, WorldLogger } from '../wire.ts'
import { openTrainer } from './open-trainer.ts'
import type { Trainer } from './trainer.ts'

/** Waits for examples at most so long, in case nobody says that there are some. */
const IDLE_MS = 200
const RETRY_MS = 1000

/** The ranker at work until it is told to stop. After a failure that passes it goes on from its latest checkpoint. */
export class TrainerRun {
  trainer: Trainer | null = null
  /** Rejects with a failure that does not pass. */
  readonly end: Promise<void>
  private readonly flag = new StopFlag()
  private readonly config: Config
  private readonly world: World
  private readonly logger: WorldLogger

  constructor(config: Config, world: World, logger: WorldLogger) {
    this.config = config
    this.world = world
    this.logger = logger
    this.end = this.run()
    this.end.catch(() => {})
  }

  /** Ends after the batches under way; what is not yet in a checkpoint is trained again after the next start. */
  async stop(): Promise<void> {
    this.flag.stop()
    await this.end.catch(() => {})
  }

  private async run(): Promise<void> {
    while (!this.flag.stopped) {
      try {
        await this.train()
      } catch (error) {
        // Another ranker of the same name has taken over: two would only take the work from each other.
        if (!(error instanceof LifecycleError && error.retryable)) throw error
        this.logger.warn({ code: error.code }, error.message)
        await this.flag.wait(RETRY_MS)
      }
    }
  }

  private async train(): Promise<void> {
    const trainer = await openTrainer(this.config, this.world, this.logger)
    this.trainer = trainer
    try {
      while (!this.flag.stopped) {
        const changed = this.world.log.changed()
        if ((await trainer.step({ partial: false })) > 0) continue
        await this.flag.waitFor(changed, IDLE_MS)
      }
    } finally {
      this.trainer = null
      await trainer.close()
    }
  }
}
