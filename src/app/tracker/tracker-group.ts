import type { Membership } from '../../io/log/log.ts'
import { TOPICS } from '../topics.ts'
import type { World, WorldLogger } from '../wire.ts'
import { sumCounters, type TrackerCounters } from './fold-slice.ts'
import { PartitionRun, type PartitionRunOptions } from './partition-run.ts'
import { StandbyRun } from './standby-run.ts'

export interface TrackerGroupOptions extends Omit<PartitionRunOptions, 'partition'> {
  readonly partitions: number
  /** Whether this instance keeps a copy of the partitions that others work on. */
  readonly standby: boolean
}

/** What is done with a partition here. */
type Work = PartitionRun | StandbyRun

/**
 * This instance's share of the partitions, as a member of the trackers' group. Partitions that the group takes away
 * are given up after the slice under way; those that stay are worked on while it rebalances.
 */
export class TrackerGroup {
  /** Rejects with the first failure that does not pass. */
  readonly failure: Promise<never>
  private readonly world: World
  private readonly options: TrackerGroupOptions
  private readonly logger: WorldLogger
  private readonly work = new Map<number, Work>()
  /** By partition: when what was done with it last has ended. */
  private readonly ended = new Map<number, Promise<void>>()
  private membership: Membership | null = null
  private fail: (error: unknown) => void = () => {}

  private constructor(world: World, options: TrackerGroupOptions, logger: WorldLogger) {
    this.world = world
    this.options = options
    this.logger = logger
    this.failure = new Promise((_, reject) => {
      this.fail = reject
    })
    this.failure.catch(() => {})
  }

  static async join(world: World, options: TrackerGroupOptions, logger: WorldLogger): Promise<TrackerGroup> {
    const group = new TrackerGroup(world, options, logger)
    if (options.standby) for (let partition = 0; partition < options.partitions; partition++) group.standBy(partition)
    group.membership = await world.log.join(options.group, TOPICS.interactions, {
      assigned: (partitions) => {
        logger.info({ partitions }, 'partitions assigned')
        for (const partition of partitions) group.runPartition(partition)
      },
      revoked: (partitions) => {
        logger.info({ partitions }, 'partitions revoked')
        for (const partition of partitions) {
          if (options.standby) group.standBy(partition)
          else group.replace(partition, null)
        }
      },
      lags: () => group.lags(),
    })
    return group
  }

  /** Partitions at work here. */
  runs(): ReadonlyMap<number, PartitionRun> {
    const runs = new Map<number, PartitionRun>()
    for (const [partition, work] of this.work) if (work instanceof PartitionRun) runs.set(partition, work)
    return runs
  }

  /** Totals of the partitions at work here. */
  counters(): TrackerCounters {
    return sumCounters([...this.runs().values()].flatMap(({ tracker }) => (tracker ? [tracker.counters] : [])))
  }

  /** Finishes the slices under way, then leaves: the others find every partition free at once. */
  async leave(): Promise<void> {
    await Promise.all([...this.work.values()].map((work) => work.stop()))
    await this.membership?.leave()
  }

  private runPartition(partition: number): void {
    const run = this.replace(partition, (after) => {
      const { partitions: _count, standby: _standby, ...options } = this.options
      return new PartitionRun(this.world, { ...options, partition }, this.logger, after)
    })
    if (run instanceof PartitionRun) run.end.catch(this.fail)
  }

  private standBy(partition: number): void {
    const { joiner } = this.options.settings
    this.replace(partition, (after) => new StandbyRun(this.world, partition, joiner, this.logger, after))
  }

  /** Stops what is done with a partition, and does something else once that has closed the store. */
  private replace(partition: number, next: ((after: Promise<void>) => Work) | null): Work | null {
    const after = allEnded(this.ended.get(partition), this.work.get(partition)?.stop())
    this.ended.set(partition, after)
    this.work.delete(partition)
    if (!next) return null
    const work = next(after)
    this.work.set(partition, work)
    return work
  }

  private lags(): Record<number, number> {
    const lags: Record<number, number> = {}
    for (const [partition, work] of this.work) {
      if (work instanceof StandbyRun && work.lag < Infinity) lags[partition] = work.lag
    }
    return lags
  }
}

async function allEnded(...ends: readonly (Promise<void> | undefined)[]): Promise<void> {
  for (const end of ends) await end
}
