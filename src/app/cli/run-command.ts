import { type Command, Option } from 'commander'
import type { Config } from '../config/config-schema.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { Pipeline } from '../pipeline.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { advanceRecord } from '../tracker/read-input.ts'
import { openWorld, type World } from '../wire.ts'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { packageVersion } from './package-version.ts'
import { parseDuration } from './parse-duration.ts'
import { StopSignal } from './stop-signal.ts'

const ROLES = ['tracker', 'ranker', 'api', 'all'] as const
const IDLE_POLL_MS = 200
const STATUS_EVERY_MS = 10_000

interface RunOptions extends ConfigOptions {
  readonly role: (typeof ROLES)[number]
  readonly for?: number
}

export function addRunCommand(program: Command): void {
  addRankerOptions(
    addConfigOptions(program.command('run').description('Run tracker and ranker on the configured log until Ctrl-C')),
  )
    .addOption(new Option('--role <role>', 'what this process does').choices(ROLES).default('all'))
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration)
    .action(async (options: RunOptions) => {
      if (options.role === 'api')
        throw new RangeError('Cannot run the role api: this version has the roles tracker, ranker and all')
      const config = await configOf(options)
      const logger = createLogger(config.logLevel)
      const roles = { tracker: options.role !== 'ranker', ranker: options.role !== 'tracker' }
      if (roles.ranker) {
        const backend = await chooseBackend(config.ranker.backend)
        logger.info({ backend: backend.name, mode: config.ranker.mode }, backend.note)
      }
      const world = await openWorld(config, packageVersion())
      try {
        const pipeline = await Pipeline.open(config, world, roles)
        try {
          await follow(pipeline, world, config, logger, options.for ?? Infinity)
        } finally {
          pipeline.dispose()
        }
      } finally {
        await world.close()
      }
    })
}

async function follow(pipeline: Pipeline, world: World, config: Config, logger: Logger, forMs: number): Promise<void> {
  const stop = new StopSignal()
  const startedMs = Date.now()
  let statusMs = startedMs
  let idleSinceMs = startedMs
  logger.info({ dataDir: config.dataDir }, 'running')
  while (!stop.stopped && Date.now() - startedMs < forMs) {
    const work = await pipeline.round({ partial: true })
    const nowMs = Date.now()
    if (work > 0) idleSinceMs = nowMs
    else await stop.wait(IDLE_POLL_MS)
    if (nowMs - idleSinceMs >= config.tracker.idleAdvanceSeconds * 1000) {
      await advanceIdle(pipeline, world, nowMs - idleSinceMs)
      idleSinceMs = nowMs
    }
    if (nowMs - statusMs >= STATUS_EVERY_MS) {
      statusMs = nowMs
      logger.info({ ...pipeline.counters(), bundle: pipeline.trainer?.latestBundleVersion }, 'status')
    }
  }
  logger.info({ ...pipeline.counters() }, 'stopped')
}

/** Without input event time stands still, and silence would never be noticed: it goes on with the wall clock. */
async function advanceIdle(pipeline: Pipeline, world: World, elapsedMs: number): Promise<void> {
  const records = pipeline.trackers.flatMap((tracker, partition) =>
    tracker.streamTime > 0 ? [advanceRecord(partition, tracker.streamTime + elapsedMs)] : [],
  )
  if (records.length > 0) await world.log.append(records)
}
