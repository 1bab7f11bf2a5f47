import { join } from 'node:path'
import { LifecycleError } from '../core/contracts/lifecycle-error.ts'
import { type DataFolderOptions, openDataFolder } from '../io/data-folder/data-folder.ts'
import { openEmbeddedLog } from '../io/log/embedded-log.ts'
import type { Log } from '../io/log/log.ts'
import { MemoryLog } from '../io/log/memory-log.ts'
import { openRegistry } from '../io/schemas/registry/open-registry.ts'
import { createRecordCodecs, type RecordCodecs } from '../io/schemas/record-codecs.ts'
import { openLevelStore } from '../io/store/level-store.ts'
import { MemoryStore } from '../io/store/memory-store.ts'
import type { StateStore } from '../io/store/state-store.ts'
import type { Config } from './config/config-schema.ts'
import { topicSpecs, VALUE_TOPICS } from './topics.ts'

/** The outside of one process: the log, its codecs and the stores. Closing it closes everything it opened. */
export interface World {
  readonly log: Log
  readonly codecs: RecordCodecs
  stateStore(partition: number): Promise<StateStore>
  /** A store outside the partitions, for example of already ingested rows. */
  sideStore(name: string): Promise<StateStore>
  close(): Promise<void>
}

/** The embedded log and LevelDB stores in the configured data folder. Throws LifecycleError when it cannot be used. */
export function openWorld(config: Config, programVersion: string): Promise<World> {
  return openEmbedded(config, { createdBy: programVersion, settings: fingerprintOf(config) })
}

/** The data folder as it is, for commands that only look: whatever settings it was made with. */
export function openWorldAsFound(config: Config): Promise<World> {
  return openEmbedded(config, { createdBy: '', settings: null })
}

async function openEmbedded(config: Config, options: DataFolderOptions): Promise<World> {
  if (config.log === 'kafka')
    throw new LifecycleError('invalid-config', 'Cannot run on log kafka: it is not wired in yet')
  const codecs = await openCodecs(config, options.settings !== null)
  const folder = await openDataFolder(config.dataDir, options)
  const opened: { close(): Promise<void> }[] = [folder]
  try {
    const log = await openEmbeddedLog(folder.logFolder)
    opened.push(log)
    if (options.settings !== null) await log.ensureTopics(topicSpecs(config.partitions))
    const open = async (path: string): Promise<StateStore> => {
      const store = await openLevelStore(path)
      opened.push(store)
      return store
    }
    return {
      log,
      codecs,
      stateStore: (partition) => open(folder.storeFolder(partition)),
      sideStore: (name) => open(join(folder.path, name)),
      close: () => closeAll(opened),
    }
  } catch (error) {
    await closeAll(opened).catch(() => {})
    throw error
  }
}

/** Codecs with the ids of the registry, where there is one. A command that only looks registers nothing. */
async function openCodecs({ schemaRegistry }: Config, isWriter: boolean): Promise<RecordCodecs> {
  if (schemaRegistry.url === '') return createRecordCodecs()
  const topics = VALUE_TOPICS
  if (isWriter) return createRecordCodecs(await openRegistry(schemaRegistry, { topics }))
  return createRecordCodecs(await openRegistry({ ...schemaRegistry, register: false }, { topics, writes: [] }))
}

/** Everything in memory: nothing is kept. For evaluations. */
export async function memoryWorld(config: Config): Promise<World> {
  const log = new MemoryLog()
  await log.ensureTopics(topicSpecs(config.partitions))
  return {
    log,
    codecs: createRecordCodecs(),
    stateStore: () => Promise.resolve(new MemoryStore()),
    sideStore: () => Promise.resolve(new MemoryStore()),
    close: () => log.close(),
  }
}

/** Settings that a data folder's bytes depend on. A folder made with others is refused. */
function fingerprintOf(config: Config): Record<string, string> {
  const { mode, stateFeatures, attention, embeddingWidth, expertsPerTask, sharedExperts, expertWidth } = config.ranker
  const settings: Record<string, unknown> = {
    // Ids of a registry and of the local table must not mix.
    ...(config.schemaRegistry.url !== '' && { schemas: 'registry' }),
    partitions: config.partitions,
    seed: config.seed,
    tasks: config.tasks,
    // Stored weights are in half-lives, stored timers in these windows.
    'posterior.evidence': config.posterior.evidence,
    'posterior.weight': config.posterior.weight,
    'posterior.halfLifeDays': config.posterior.halfLifeDays,
    'joiner.attributionMinutes': config.joiner.attributionMinutes,
    'joiner.correctionHours': config.joiner.correctionHours,
    features: config.features,
    'ranker.mode': mode,
    'ranker.stateFeatures': stateFeatures,
    'ranker.attention': attention,
    'ranker.embeddingWidth': embeddingWidth,
    'ranker.expertsPerTask': expertsPerTask,
    'ranker.sharedExperts': sharedExperts,
    'ranker.expertWidth': expertWidth,
    'ranker.towerWidths': config.ranker.towerWidths,
    'ranker.levels': config.ranker.levels,
  }
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

/** Closes in reverse order; the first failure is thrown after all were tried. */
async function closeAll(opened: readonly { close(): Promise<void> }[]): Promise<void> {
  const failures: unknown[] = []
  for (const resource of opened.toReversed()) await resource.close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
