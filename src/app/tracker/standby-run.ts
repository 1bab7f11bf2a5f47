import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { JoinerWindows } from '../../core/user-state/pending-impression.ts'
import { TOPICS } from '../topics.ts'
import { StopFlag } from '../stop-flag.ts'
import type { World, WorldLogger } from '../wire.ts'
import { restoreStore } from './restore-store.ts'

const TAIL_EVERY_MS = 250
const RETRY_MS = 1000

/** Keeps a copy of a partition that another instance works on close to its changelog, so that taking over is quick. */
export class StandbyRun {
  /** Records of the changelog that the copy lacks; Infinity until it is known. */
  lag = Infinity
  private readonly flag = new StopFlag()
  private readonly ended: Promise<void>
  private readonly world: World
  private readonly partition: number
  private readonly windows: JoinerWindows
  private readonly logger: WorldLogger

  constructor(world: World, partition: number, windows: JoinerWindows, logger: WorldLogger, after: Promise<void>) {
    this.world = world
    this.partition = partition
    this.windows = windows
    this.logger = logger
    this.ended = after.then(() => this.run())
  }

  async stop(): Promise<void> {
    this.flag.stop()
    await this.ended
  }

  private async run(): Promise<void> {
    while (!this.flag.stopped) {
      try {
        await this.tail()
      } catch (error) {
        this.lag = Infinity
        this.logger.warn(
          { partition: this.partition },
          `standby: ${error instanceof Error ? error.message : String(error)}`,
        )
        if (error instanceof LifecycleError && error.code === 'corrupt') {
          await this.world.quarantineStore(this.partition, error)
        } else await this.flag.wait(RETRY_MS)
      }
    }
  }

  private async tail(): Promise<void> {
    const { log } = this.world
    const store = await this.world.stateStore(this.partition)
    try {
      while (!this.flag.stopped) {
        await restoreStore(log, store, this.partition, this.windows, ({ offset, end }) => (this.lag = end - offset))
        const position = await store.position()
        this.lag = (await log.endOffset(TOPICS.changelog, this.partition)) - position!.changelogOffset
        await this.flag.wait(TAIL_EVERY_MS)
      }
    } finally {
      await store.close()
    }
  }
}
