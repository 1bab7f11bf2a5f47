import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LifecycleError } from '../core/contracts/lifecycle-error.ts'
import type { AlertSink } from '../io/alert-sinks/alert-sink.ts'
import { AlertmanagerSink } from '../io/alert-sinks/alertmanager-sink.ts'
import { LogSink } from '../io/alert-sinks/log-sink.ts'
import { secretBytes } from '../io/alert-sinks/sign-webhook.ts'
import { WebhookSink } from '../io/alert-sinks/webhook-sink.ts'
import { type DataFolder, type DataFolderOptions, openDataFolder } from '../io/data-folder/data-folder.ts'
import { dropAside } from '../io/data-folder/drop-aside.ts'
import { bytesByFolder } from '../io/data-folder/bytes-by-folder.ts'
import { moveAside } from '../io/data-folder/move-aside.ts'
import { openEmbeddedLog } from '../io/log/embedded-log.ts'
import type { KafkaLogger } from '../io/log/kafka/connect-kafka.ts'
import { openKafkaLog } from '../io/log/kafka/kafka-log.ts'
import type { Log } from '../io/log/log.ts'
import { MemoryLog } from '../io/log/memory-log.ts'
import { openRegistry } from '../io/schemas/registry/open-registry.ts'
import { createRecordCodecs, type RecordCodecs } from '../io/schemas/record-codecs.ts'
import { openLevelStore } from '../io/store/level-store.ts'
import { MemoryStore } from '../io/store/memory-store.ts'
import { scratchFolder } from '../io/store/scratch-folder.ts'
import type { StateStore } from '../io/store/state-store.ts'
import { undoCutPurges } from '../io/store/undo-cut-purges.ts'
import { type AlertFilter } from './alerts/alert-filter.ts'
import type { AlertsConfig } from './config/alerts-config.ts'
import type { Config } from './config/config-schema.ts'
import { kafkaSettingsOf } from './config/kafka-settings-of.ts'
import { Instruments } from './observability/instruments.ts'
import type { HeldMemory } from './observability/memory-parts.ts'
import { topicSpecs, VALUE_TOPICS } from './topics.ts'
import { watchStore } from './tracker/watch-store.ts'

export type WorldLogger = KafkaLogger

export const SILENT: WorldLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The outside of one process: the log, its codecs and the stores. Closing it closes everything it opened. */
export interface World {
  readonly log: Log
  readonly codecs: RecordCodecs
  /** The store of a partition. One that cannot be read is put aside, and a fresh one opened in its place. */
  stateStore(partition: number): Promise<StateStore>
  /** Puts a partition's store, which must be closed, aside: nobody reads it again. */
  quarantineStore(partition: number, reason: unknown): Promise<void>
  /** A store outside the partitions, for example of already ingested rows. */
  sideStore(name: string): Promise<StateStore>
  /** A side store of what can be read again from the log: one that cannot be read is put aside. */
  viewStore(name: string): Promise<StateStore>
  /** Puts a view's store, which must be closed, aside. */
  quarantineView(name: string, reason: unknown): Promise<void>
  /** Deletes the stores that were put aside, for good. Returns their folders. */
  dropQuarantined?(): Promise<readonly string[]>
  /** Bytes on disk by what they are for: `log`, `store/0`, `view` and so on. */
  storedBytes?(): Promise<ReadonlyMap<string, number>>
  /** Memory of log and stores that is not the program's own. */
  heldMemory?(): HeldMemory
  readonly instruments?: Instruments
  close(): Promise<void>
}

/** The configured log, and LevelDB stores in the data folder. Throws LifecycleError when either cannot be used. */
export function openWorld(config: Config, programVersion: string, logger: WorldLogger = SILENT): Promise<World> {
  return open(config, { createdBy: programVersion, settings: fingerprintOf(config) }, logger)
}

/** The log as it is, for commands that only look: whatever settings the data folder was made with. */
export function openWorldAsFound(config: Config): Promise<World> {
  return open(config, { createdBy: '', settings: null }, SILENT)
}

async function open(config: Config, options: DataFolderOptions, logger: WorldLogger): Promise<World> {
  const opened = new Set<{ close(): Promise<void> }>()
  try {
    const isWriter = options.settings !== null
    const codecs = await openCodecs(config, isWriter)
    if (config.log === 'kafka' && !isWriter) return lookingWorld(await openLog(config, null, logger), codecs)
    const folder = await openDataFolder(config.dataDir, options)
    opened.add(folder)
    for (const parent of [folder.path, dirname(folder.storeFolder(0))]) await undoCutPurges(parent)
    const log = await openLog(config, folder, logger, isWriter)
    opened.add(log)
    const stores = new Set<StateStore>()
    const openStore = async (path: string): Promise<StateStore> => {
      const level = await openLevelStore(path)
      opened.add(level)
      stores.add(level)
      return watchStore(level, () => {
        opened.delete(level)
        stores.delete(level)
      })
    }
    const putAside = async (path: string, reason: unknown): Promise<void> => {
      const aside = await moveAside(path)
      logger.warn({ store: path, aside, reason: String(reason) }, 'state store put aside; it is rebuilt from the log')
    }
    const openOrReplace = async (path: string): Promise<StateStore> => {
      try {
        return await openStore(path)
      } catch (error) {
        if (!(error instanceof LifecycleError) || !UNREADABLE.has(error.code)) throw error
        await putAside(path, error)
        return openStore(path)
      }
    }
    return {
      log,
      codecs,
      stateStore: (partition) => openOrReplace(folder.storeFolder(partition)),
      quarantineStore: (partition, reason) => putAside(folder.storeFolder(partition), reason),
      sideStore: (name) => openStore(join(folder.path, name)),
      viewStore: (name) => openOrReplace(join(folder.path, name)),
      quarantineView: (name, reason) => putAside(join(folder.path, name), reason),
      storedBytes: () => bytesByFolder(folder.path, dirname(folder.storeFolder(0))),
      heldMemory: () => heldMemoryOf(log, stores),
      instruments: new Instruments(),
      dropQuarantined: () => dropAside([folder.path, dirname(folder.storeFolder(0))]),
      close: () => closeAll(opened),
    }
  } catch (error) {
    await closeAll(opened).catch(() => {})
    throw error
  }
}

function heldMemoryOf(log: Log, stores: ReadonlySet<StateStore>): HeldMemory {
  const { levelBytes, batchBytes } = log.upkeep?.memory() ?? { levelBytes: 0, batchBytes: 0 }
  let bytes = levelBytes
  for (const store of stores) bytes += store.memoryBytes?.() ?? 0
  return { levelBytes: bytes, batchBytes }
}

/** What is wrong with a store's own bytes, as opposed to somebody else having it open. */
const UNREADABLE: ReadonlySet<string> = new Set(['corrupt', 'newer-format', 'older-format', 'unreadable-file'])

/** For commands that only look at Kafka, which need no data folder. */
function lookingWorld(log: Log, codecs: RecordCodecs): World {
  const store = () => Promise.resolve(new MemoryStore())
  const putAside = async () => {}
  const stores = {
    stateStore: store,
    quarantineStore: putAside,
    sideStore: store,
    viewStore: store,
    quarantineView: putAside,
  }
  return { log, codecs, ...stores, close: () => log.close() }
}

async function openLog(config: Config, folder: DataFolder | null, logger: WorldLogger, isWriter = false): Promise<Log> {
  const isKafka = config.log === 'kafka'
  const log = isKafka
    ? await openKafkaLog(kafkaSettingsOf(config), logger, { mayCreateTopics: false })
    : await openEmbeddedLog(folder!.logFolder)
  try {
    if (isKafka || isWriter) await log.ensureTopics(topicSpecs(config.partitions))
    return log
  } catch (error) {
    await log.close().catch(() => {})
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

/** A store on disk, outside of every data folder, that is gone when it is closed. */
export async function scratchStore(): Promise<StateStore> {
  const folder = await scratchFolder()
  try {
    const level = await openLevelStore(join(folder.path, 'store'))
    const store = watchStore(level, () => {})
    const close = async (): Promise<void> => {
      try {
        await store.close()
      } finally {
        await folder.remove()
      }
    }
    return { ...store, close }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

/** A store for a few users, in memory. */
export function passingStore(): StateStore {
  return new MemoryStore()
}

/** Everything in memory: nothing is kept. For evaluations. */
export async function memoryWorld(config: Config): Promise<World> {
  const log = new MemoryLog()
  await log.ensureTopics(topicSpecs(config.partitions))
  return {
    log,
    codecs: createRecordCodecs(),
    stateStore: () => Promise.resolve(new MemoryStore()),
    quarantineStore: async () => {},
    sideStore: () => Promise.resolve(new MemoryStore()),
    viewStore: () => Promise.resolve(new MemoryStore()),
    quarantineView: async () => {},
    instruments: new Instruments(),
    close: () => log.close(),
  }
}

/** A sink with what is told to it. */
export interface WiredSink {
  readonly sink: AlertSink
  readonly filter: AlertFilter
  readonly maxInFlight: number
  readonly maxFiring: number
}

const EVERY_FAMILY = ['user', 'population', 'data', 'model', 'operations'] as const
const SENT_AT_ONCE = 100

/** The configured sinks. Throws LifecycleError `unreadable-file` for a secret that cannot be read, or is empty. */
export async function openAlertSinks(alerts: AlertsConfig, logger: WorldLogger): Promise<readonly WiredSink[]> {
  const { runbookBase, webhook, alertmanager, logMinSeverity } = alerts
  const sinks: WiredSink[] = []
  const nowMs = Date.now
  if (alerts.log) {
    const filter = { families: EVERY_FAMILY, minSeverity: logMinSeverity }
    sinks.push({ sink: new LogSink(logger), filter, maxInFlight: SENT_AT_ONCE, maxFiring: 0 })
  }
  if (webhook.url !== '') {
    const secret = await readSecret(webhook.secretFile)
    const timeoutMs = webhook.timeoutSeconds * 1000
    const sink = new WebhookSink({ url: webhook.url, secret, runbookBase, timeoutMs, nowMs })
    sinks.push({ sink, filter: webhook, maxInFlight: webhook.maxInFlight, maxFiring: 0 })
  }
  if (alertmanager.url !== '') {
    const { url, timeoutSeconds, resendSeconds, maxFiring } = alertmanager
    const times = { timeoutMs: timeoutSeconds * 1000, resendMs: resendSeconds * 1000 }
    const sink = new AlertmanagerSink({ url, runbookBase, ...times, nowMs })
    sinks.push({ sink, filter: alertmanager, maxInFlight: SENT_AT_ONCE, maxFiring })
  }
  return sinks
}

async function readSecret(file: string): Promise<Buffer> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new LifecycleError('unreadable-file', `Cannot read the webhook's secret ${file}: there is no such file`, {
      cause,
    })
  }
  const secret = secretBytes(text)
  if (secret.length > 0) return secret
  throw new LifecycleError('unreadable-file', `Cannot use the webhook's secret ${file}: it is empty`)
}

/** Settings that a data folder's bytes depend on. A folder made with others is refused. */
function fingerprintOf(config: Config): Record<string, string> {
  const { mode, stateFeatures, attention, embeddingWidth, expertsPerTask, sharedExperts, expertWidth } = config.ranker
  const settings: Record<string, unknown> = {
    // Ids of a registry and of the local table must not mix.
    ...(config.schemaRegistry.url !== '' && { schemas: 'registry' }),
    partitions: config.partitions,
    // Folders of earlier versions have their users elsewhere.
    ...(config.partitions > 1 && { partitioner: 'murmur2' }),
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
    // Folders of earlier versions know of none.
    ...(config.ranker.crosses.length > 0 && { 'ranker.crosses': config.ranker.crosses }),
  }
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

/** Closes in reverse order; the first failure is thrown after all were tried. */
async function closeAll(opened: ReadonlySet<{ close(): Promise<void> }>): Promise<void> {
  const failures: unknown[] = []
  for (const resource of [...opened].toReversed())
    await resource.close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
