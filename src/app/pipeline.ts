import type { Config } from './config/config-schema.ts'
import { cachedUsersPerPartition, trackerSettingsOf } from './config/compile-config.ts'
import { sumCounters, type TrackerCounters } from './tracker/fold-slice.ts'
import { openTracker } from './tracker/open-tracker.ts'
import type { PartitionTracker } from './tracker/partition-tracker.ts'
import { openTrainer } from './trainer/open-trainer.ts'
import type { Trainer } from './trainer/trainer.ts'
import { DamagedStore } from './tracker/watch-store.ts'
import { SILENT, type World, type WorldLogger } from './wire.ts'

export const TRACKER_GROUP = 'tracker'

/**
 * Tracker and ranker in one process, in step: before a slice is tracked, all its examples so far are trained on, so
 * that the bundle of each slice depends on the input alone. With one partition the same input gives the same states and
 * weights, with or without a crash on the way. With several a crash loses and doubles nothing, but a round that it cuts
 * short is not taken up where it was, and slices behind it may meet other bundles.
 */
export class Pipeline {
  readonly trainer: Trainer | null
  private readonly config: Config
  private readonly world: World
  private readonly opened: PartitionTracker[]

  private constructor(config: Config, world: World, opened: PartitionTracker[], trainer: Trainer | null) {
    this.config = config
    this.world = world
    this.opened = opened
    this.trainer = trainer
  }

  static async open(
    config: Config,
    world: World,
    roles: { tracker: boolean; ranker: boolean },
    logger: WorldLogger = SILENT,
  ): Promise<Pipeline> {
    const opened: PartitionTracker[] = []
    if (roles.tracker) {
      for (let partition = 0; partition < config.partitions; partition++) {
        opened.push(await openPartition(config, world, partition))
      }
    }
    const trainer = roles.ranker ? await openTrainer(config, world, logger) : null
    return new Pipeline(config, world, opened, trainer)
  }

  /** By partition. A store that turns out to be damaged gets a new one. */
  get trackers(): readonly PartitionTracker[] {
    return this.opened
  }

  /**
   * One round: train on all examples there are, then track one slice per partition. `partial` also takes slices that
   * are not full. Returns how many records and examples it worked on; 0 means that there is nothing to do.
   */
  async round({ partial }: { partial: boolean }): Promise<number> {
    let work = (await this.trainer?.step({ partial: false })) ?? 0
    for (const partition of this.opened.keys()) work += await this.track(partition, partial)
    return work
  }

  private async track(partition: number, partial: boolean): Promise<number> {
    const tracker = this.opened[partition]
    try {
      return await tracker.step({ partial })
    } catch (error) {
      if (!(error instanceof DamagedStore)) throw error
      await tracker.close()
      await this.world.quarantineStore(partition, error)
      this.opened[partition] = await openPartition(this.config, this.world, partition)
      return this.opened[partition].step({ partial })
    }
  }

  /** Works on every slice that is full. */
  async catchUp(): Promise<void> {
    while ((await this.round({ partial: false })) > 0);
  }

  /** Works until nothing is left, incomplete batches included, and commits. */
  async finish(): Promise<void> {
    while ((await this.round({ partial: true })) > 0);
    await this.trainer?.step({ partial: true })
  }

  /** Totals over all partitions since the data folder was made. */
  counters(): TrackerCounters {
    return sumCounters(this.trackers.map(({ counters }) => counters))
  }

  dispose(): void {
    this.trainer?.dispose()
  }
}

function openPartition(config: Config, world: World, partition: number): Promise<PartitionTracker> {
  return openTracker(world, {
    settings: trackerSettingsOf(config),
    group: TRACKER_GROUP,
    partition,
    sliceSize: config.tracker.sliceSize,
    cachedUsers: cachedUsersPerPartition(config),
    carryTraceparent: config.telemetry.carryTraceparent,
  })
}
