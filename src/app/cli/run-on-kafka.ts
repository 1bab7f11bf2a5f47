import { cachedUsersPerPartition, trackerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observed } from '../observability/metrics.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import { tensorCount } from '../tensor-backend.ts'
import { advanceRecord } from '../tracker/read-input.ts'
import { TrackerGroup } from '../tracker/tracker-group.ts'
import { TrainerRun } from '../trainer/trainer-run.ts'
import { SkewWatch } from '../replay/skew-watch.ts'
import { openWorld, type World } from '../wire.ts'
import { packageVersion } from './package-version.ts'
import { startTelemetry } from './start-telemetry.ts'
import { RestoreProgressLog } from './restore-progress-log.ts'
import { StopSignal } from './stop-signal.ts'
import { type Roles, withServers } from './with-servers.ts'

const STATUS_EVERY_MS = 10_000
const LOOK_EVERY_MS = 500
/** A partition that commits nothing and does not even find its input empty for so long will not recover by itself. */
const STALLED_AFTER_MS = 180_000

interface Runs {
  readonly group: TrackerGroup | null
  readonly trainer: TrainerRun | null
}

/** Runs the roles on Kafka, each at its own pace, until the signal to stop, or for so long. */
export async function runOnKafka(config: Config, roles: Roles, forMs: number, logger: Logger): Promise<void> {
  // Before the group is joined: who ends without leaving it makes the others wait for the session time-out.
  const stop = new StopSignal()
  const world = await openWorld(config, packageVersion(), logger)
  const tracing = await startTelemetry(config, world, logger)
  try {
    const restores = new RestoreProgressLog(logger)
    const runs: Runs = {
      group: roles.tracker ? await joinGroup(config, world, restores, logger) : null,
      trainer: roles.ranker ? new TrainerRun(config, world, logger) : null,
    }
    const { group, trainer } = runs
    const skew = SkewWatch.start(config, world, () => group?.runs().keys() ?? [], logger)
    const observed: Observed = {
      skew: () => skew.totals(),
      log: world.log,
      trackers: () => new Map([...(group?.runs() ?? [])].map(([partition, { tracker }]) => [partition, tracker])),
      restoring: () => restores.remaining(),
      trainer: () => trainer?.trainer ?? null,
    }
    try {
      await withServers({ config, roles, world, observed, logger }, stop, () =>
        follow(runs, world, config, logger, stop, forMs),
      )
    } finally {
      await Promise.all([group?.leave(), trainer?.stop(), skew.stop()])
    }
  } finally {
    await world.close()
    await tracing.close()
  }
}

function joinGroup(config: Config, world: World, restores: RestoreProgressLog, logger: Logger): Promise<TrackerGroup> {
  const { sliceSize, commitIntervalMs, standby } = config.tracker
  return TrackerGroup.join(
    world,
    {
      settings: trackerSettingsOf(config),
      group: TRACKER_GROUP,
      partitions: config.partitions,
      sliceSize,
      commitIntervalMs,
      cachedUsers: cachedUsersPerPartition(config),
      carryTraceparent: config.telemetry.carryTraceparent,
      standby,
      positionBelowStart: config.kafka.positionBelowStart,
      onRestore: (step) => restores.add(step, Date.now()),
    },
    logger,
  )
}

async function follow(
  { group, trainer }: Runs,
  world: World,
  config: Config,
  logger: Logger,
  stop: StopSignal,
  forMs: number,
): Promise<void> {
  if (group) stop.stopWhenFailed(group.failure)
  if (trainer) stop.stopWhenFailed(trainer.end)
  const startedMs = Date.now()
  let statusMs = startedMs
  logger.info({ application: config.kafka.application }, 'running')
  while (!stop.stopped && Date.now() - startedMs < forMs) {
    await stop.wait(LOOK_EVERY_MS)
    if (stop.stopped) break
    const nowMs = Date.now()
    if (group) {
      requireProgress(group, nowMs)
      await advanceIdle(group, world, config.tracker.idleAdvanceSeconds * 1000, nowMs)
    }
    if (nowMs - statusMs < STATUS_EVERY_MS) continue
    statusMs = nowMs
    logger.info(statusOf({ group, trainer }), 'status')
  }
  stop.throwFailure()
  logger.info(statusOf({ group, trainer }), 'stopped')
}

/** The supervisor outside starts a process anew; this one would hold its partitions for ever. */
function requireProgress(group: TrackerGroup, nowMs: number): void {
  for (const [partition, { tracker, lastProgressMs }] of group.runs()) {
    if (!tracker || nowMs - lastProgressMs < STALLED_AFTER_MS) continue
    const seconds = Math.round((nowMs - lastProgressMs) / 1000)
    throw new Error(`Cannot go on: partition ${partition} has made no progress for ${seconds} s`)
  }
}

/** Without input event time stands still, and silence would never be noticed: it goes on with the wall clock. */
async function advanceIdle(group: TrackerGroup, world: World, idleMs: number, nowMs: number): Promise<void> {
  for (const [partition, run] of group.runs()) {
    const streamTime = run.tracker?.streamTime ?? 0
    const silentMs = nowMs - run.lastInputMs
    if (streamTime === 0 || silentMs < idleMs) continue
    run.lastInputMs = nowMs
    await world.log.append([advanceRecord(partition, streamTime + silentMs)])
  }
}

function statusOf({ group, trainer }: Runs): Record<string, unknown> {
  const { rss } = process.memoryUsage()
  const ranker = trainer?.trainer
  return {
    rssBytes: rss,
    ...(group && { partitions: [...group.runs().keys()], ...group.counters() }),
    ...(ranker && {
      bundle: ranker.latestBundleVersion,
      trained: ranker.trainedExamples,
      tensors: tensorCount(),
      prequential: { examples: ranker.window.size, overall: ranker.window.overall(), byStage: ranker.window.byStage() },
    }),
  }
}
