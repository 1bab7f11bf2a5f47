import { setPriority } from 'node:os'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Config } from '../config/config-schema.ts'
import { storedView } from '../erasure/erase-user.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { Pipeline } from '../pipeline.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { advanceRecord } from '../tracker/read-input.ts'
import { SkewWatch } from '../replay/skew-watch.ts'
import { Housekeeping } from '../upkeep/housekeeping.ts'
import { openWorld, type World } from '../wire.ts'
import { observedPipeline } from './observed-pipeline.ts'
import { packageVersion } from './package-version.ts'
import { runOnKafka } from './run-on-kafka.ts'
import { startTelemetry } from './start-telemetry.ts'
import { StopSignal } from './stop-signal.ts'
import { withServers, type Roles } from './with-servers.ts'

const IDLE_POLL_MS = 200
const PAUSE_MS = 1000
const STATUS_EVERY_MS = 10_000

/** Runs the roles on the configured log until the signal to stop, or for so long. */
export async function run(config: Config, roles: Roles, forMs: number): Promise<void> {
  const logger = createLogger(config.logLevel, config.telemetry)
  if (config.niceness > 0) setPriority(config.niceness)
  // The API ranks with a copy of the ranker. For a few rows WebAssembly is quicker than the native library, and smaller.
  if (roles.ranker || roles.api) {
    const { backend: wanted } = config.ranker
    const backend = await chooseBackend(wanted === 'auto' && !roles.ranker ? 'wasm' : wanted)
    logger.info({ backend: backend.name, mode: config.ranker.mode }, backend.note)
  }
  if (config.log === 'kafka') return runOnKafka(config, roles, forMs, logger)
  const world = await openWorld(config, packageVersion(), logger)
  const tracing = await startTelemetry(config, world, logger)
  try {
    const pipeline = await Pipeline.open(config, world, roles)
    const skew = SkewWatch.start(config, world, () => pipeline.trackers.keys(), logger)
    try {
      const observed = { ...observedPipeline(world, pipeline), skew: () => skew.totals() }
      const stop = new StopSignal()
      await withServers({ config, roles, world, observed, logger }, stop, async (api) => {
        const kept = api?.kept ?? (await storedView(config, world))
        const housekeeping = await Housekeeping.open(config, world, pipeline, kept, logger)
        try {
          await follow(pipeline, world, config, logger, stop, forMs, housekeeping)
        } finally {
          await housekeeping.close()
        }
      })
    } finally {
      await skew.stop()
      pipeline.dispose()
    }
  } finally {
    await world.close()
    await tracing.close()
  }
}

async function follow(
  pipeline: Pipeline,
  world: World,
  config: Config,
  logger: Logger,
  stop: StopSignal,
  forMs: number,
  housekeeping: Housekeeping,
): Promise<void> {
  const startedMs = Date.now()
  let statusMs = startedMs
  let idleSinceMs = startedMs
  logger.info({ dataDir: config.dataDir }, 'running')
  while (!stop.stopped && Date.now() - startedMs < forMs) {
    const work = await roundOrPause(pipeline, logger)
    const nowMs = Date.now()
    // While the stream pauses event time stands still, too.
    if (work !== 0) idleSinceMs = nowMs
    if (work === 0) await stop.wait(IDLE_POLL_MS)
    else if (work === 'paused') await stop.wait(PAUSE_MS)
    if (nowMs - idleSinceMs >= config.tracker.idleAdvanceSeconds * 1000) {
      await advanceIdle(pipeline, world, nowMs - idleSinceMs)
      idleSinceMs = nowMs
    }
    await housekeeping.step(nowMs)
    if (nowMs - statusMs >= STATUS_EVERY_MS) {
      statusMs = nowMs
      logger.info(statusOf(pipeline), 'status')
    }
  }
  stop.throwFailure()
  logger.info(statusOf(pipeline), 'stopped')
}

/** A failure that passes, such as a registry that is down, pauses the stream; nothing is lost by trying again. */
async function roundOrPause(pipeline: Pipeline, logger: Logger): Promise<number | 'paused'> {
  try {
    return await pipeline.round({ partial: true })
  } catch (error) {
    if (!(error instanceof LifecycleError && error.retryable)) throw error
    logger.warn({ code: error.code }, `paused: ${error.message}`)
    return 'paused'
  }
}

/** Counters, and the prequential metrics over the latest predictions per task, overall and per stage. */
function statusOf(pipeline: Pipeline): Record<string, unknown> {
  const { trainer } = pipeline
  const prequential = trainer && {
    examples: trainer.window.size,
    overall: trainer.window.overall(),
    byStage: trainer.window.byStage(),
  }
  return { ...pipeline.counters(), ...(trainer && { bundle: trainer.latestBundleVersion, prequential }) }
}

/** Without input event time stands still, and silence would never be noticed: it goes on with the wall clock. */
async function advanceIdle(pipeline: Pipeline, world: World, elapsedMs: number): Promise<void> {
  const records = pipeline.trackers.flatMap((tracker, partition) =>
    tracker.streamTime > 0 ? [advanceRecord(partition, tracker.streamTime + elapsedMs)] : [],
  )
  if (records.length > 0) await world.log.append(records)
}
