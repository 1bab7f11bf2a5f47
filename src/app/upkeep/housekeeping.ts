import type { Config } from '../config/config-schema.ts'
import { Eraser, type ErasableView } from '../erasure/eraser.ts'
import { type Pipeline, TRACKER_GROUP } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import type { World, WorldLogger } from '../wire.ts'
import { type ReadingPositions, retain } from './retention.ts'

/** How often erasures are looked for. */
const ERASE_EVERY_MS = 5_000
/** An erasure that waits for the ranker so long is handed to it in a batch that is not full. */
const SETTLE_AFTER_MS = 60_000
const MINUTE_MS = 60_000

/** The view, with where it will go on reading. */
export interface KeptView extends ErasableView {
  nextOffsets(): ReadingPositions | Promise<ReadingPositions>
}

/** What a process on the embedded log does beside its stream: it finishes erasures, and lets old records go. */
export class Housekeeping {
  private readonly config: Config
  private readonly world: World
  private readonly pipeline: Pipeline
  private readonly view: KeptView | null
  private readonly eraser: Eraser | null
  private readonly logger: Pick<WorldLogger, 'info'>
  private erasedMs = -Infinity
  private retainedMs = -Infinity
  private waitingSinceMs: number | null = null

  private constructor(
    config: Config,
    world: World,
    pipeline: Pipeline,
    view: KeptView | null,
    eraser: Eraser | null,
    logger: Pick<WorldLogger, 'info'>,
  ) {
    this.config = config
    this.world = world
    this.pipeline = pipeline
    this.view = view
    this.eraser = eraser
    this.logger = logger
  }

  static async open(
    config: Config,
    world: World,
    pipeline: Pipeline,
    view: KeptView | null,
    logger: Pick<WorldLogger, 'info'>,
  ): Promise<Housekeeping> {
    const eraser = await Eraser.open(world, pipeline, view)
    return new Housekeeping(config, world, pipeline, view, eraser, logger)
  }

  /** Between two rounds of the pipeline. */
  async step(nowMs: number): Promise<void> {
    if (this.eraser && nowMs - this.erasedMs >= ERASE_EVERY_MS) {
      this.erasedMs = nowMs
      await this.erase(this.eraser, nowMs)
    }
    if (nowMs - this.retainedMs >= this.config.retention.checkMinutes * MINUTE_MS) {
      this.retainedMs = nowMs
      const moved = await retain(this.world.log, this.config.retention, await this.readers(), nowMs)
      if (moved > 0) this.logger.info({ partitions: moved }, 'old records have gone')
    }
  }

  async close(): Promise<void> {
    await this.eraser?.close()
  }

  private async erase(eraser: Eraser, nowMs: number): Promise<void> {
    const gone = await eraser.step()
    // No ids: log lines stay where nobody erases.
    if (gone.length > 0) this.logger.info({ users: gone.length }, 'erasures are finished')
    if (eraser.waiting === 0) {
      this.waitingSinceMs = null
      return
    }
    this.waitingSinceMs ??= nowMs
    if (nowMs - this.waitingSinceMs < SETTLE_AFTER_MS) return
    this.waitingSinceMs = nowMs
    await this.pipeline.trainer?.step({ partial: true })
  }

  /** Of those whose position is in no group of the log, or not yet. */
  private async readers(): Promise<ReadingPositions> {
    const { log } = this.world
    const { trackers, trainer } = this.pipeline
    const positions = new Map(await this.view?.nextOffsets())
    // The bundle that a tracker goes back to; all of them where this process does not know it.
    const bundles = trackers.map(({ bundleOffset }) => Math.max(0, bundleOffset))
    positions.set(`${TOPICS.modelBundles}/0`, bundles.length > 0 ? Math.min(...bundles) : 0)
    for (let partition = 0; partition < this.config.partitions; partition++) {
      const tracked = await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)
      const keptFrom = Math.min(tracked ?? 0, this.eraser?.keepFrom(partition) ?? Infinity)
      positions.set(`${TOPICS.interactions}/${partition}`, keptFrom)
      if (!trainer) continue
      const trained = await log.committed(trainer.group, TOPICS.trainingExamples, partition)
      positions.set(`${TOPICS.trainingExamples}/${partition}`, trained ?? 0)
    }
    return positions
  }
}
