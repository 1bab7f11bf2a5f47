import type { Config } from '../../src/app/config/config-schema.ts'
import { cachedUsersPerPartition, trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import { observedPipeline } from '../../src/app/cli/observed-pipeline.ts'
import { RestoreProgressLog } from '../../src/app/cli/restore-progress-log.ts'
import type { Observed } from '../../src/app/observability/metrics.ts'
import { Pipeline, TRACKER_GROUP } from '../../src/app/pipeline.ts'
import { SkewWatch } from '../../src/app/replay/skew-watch.ts'
import { openApiService } from '../../src/app/serving/api-service.ts'
import type { KeptViews } from '../../src/app/serving/view/kept-views.ts'
import type { UserView } from '../../src/app/serving/view/user-view.ts'
import { StopFlag } from '../../src/app/stop-flag.ts'
import { TrackerGroup } from '../../src/app/tracker/tracker-group.ts'
import { TrainerRun } from '../../src/app/trainer/trainer-run.ts'
import { Housekeeping } from '../../src/app/upkeep/housekeeping.ts'
import { openWorld, SILENT, type World } from '../../src/app/wire.ts'

const IDLE_MS = 200

/** How tracker and ranker go together: in step as on the embedded log, or each at its own pace as on Kafka. */
export const PACES = ['in step', 'each at its own pace'] as const
export type Pace = (typeof PACES)[number]

/** All roles of the program at work in this process on an embedded log. */
export interface RunningProgram {
  readonly world: World
  readonly observed: Observed
  readonly view: UserView
  /** Rejects when a part fails. */
  readonly failed: Promise<unknown>
  /** As SIGTERM does: ends after what is under way, and closes everything. */
  stop(): Promise<void>
}

interface Work {
  readonly observed: Observed
  readonly partitions: () => Iterable<number>
  /** Goes on once the API is there; rejects when a part fails. */
  follow(kept: KeptViews): Promise<unknown>
  stop(): Promise<void>
}

export async function startProgram(config: Config, pace: Pace): Promise<RunningProgram> {
  const world = await openWorld(config, 'bench')
  const work = pace === 'in step' ? await openInStep(config, world) : await openPaced(config, world)
  const skew = SkewWatch.start(config, world, work.partitions, SILENT)
  const observed = { ...work.observed, skew: () => skew.totals() }
  const api = await openApiService(config, world, observed, 'bench', SILENT)
  const following = work.follow(api.kept)
  return {
    world,
    observed,
    view: api.view,
    failed: Promise.race([following, api.following]),
    stop: async () => {
      await work.stop()
      await following
      await api.close()
      await skew.stop()
      await world.close()
    },
  }
}

async function openInStep(config: Config, world: World): Promise<Work> {
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  const flag = new StopFlag()
  return {
    observed: observedPipeline(world, pipeline),
    partitions: () => pipeline.trackers.keys(),
    follow: async (kept) => {
      const housekeeping = await Housekeeping.open(config, world, pipeline, kept, SILENT)
      while (!flag.stopped) {
        if ((await pipeline.round({ partial: true })) === 0) await flag.wait(IDLE_MS)
        await housekeeping.step(Date.now())
      }
      await housekeeping.close()
      pipeline.dispose()
    },
    stop: async () => flag.stop(),
  }
}

async function openPaced(config: Config, world: World): Promise<Work> {
  const restores = new RestoreProgressLog(SILENT)
  const group = await TrackerGroup.join(
    world,
    {
      settings: trackerSettingsOf(config),
      group: TRACKER_GROUP,
      partitions: config.partitions,
      sliceSize: config.tracker.sliceSize,
      commitIntervalMs: config.tracker.commitIntervalMs,
      cachedUsers: cachedUsersPerPartition(config),
      standby: false,
      onRestore: (step) => restores.add(step, Date.now()),
    },
    SILENT,
  )
  const trainer = new TrainerRun(config, world, SILENT)
  return {
    observed: {
      log: world.log,
      trackers: () => new Map([...group.runs()].map(([partition, { tracker }]) => [partition, tracker])),
      restoring: () => restores.remaining(),
      trainer: () => trainer.trainer,
    },
    partitions: () => group.runs().keys(),
    follow: () => Promise.race([group.failure, trainer.end]),
    stop: async () => {
      await Promise.all([group.leave(), trainer.stop()])
    },
  }
}
