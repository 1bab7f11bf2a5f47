import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Config, configSchema } from '../../../src/app/config/config-schema.ts'
import type { KafkaConfig } from '../../../src/app/config/kafka-config.ts'
import { TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { openWorldAsFound, type World } from '../../../src/app/wire.ts'
import { SMALL_SETTINGS } from '../small-config.ts'
import { checkCell } from './crash-check.ts'
import { CrashProcess } from './crash-process.ts'
import { appendInput, CRASH_INPUT } from './crash-reference.ts'
import type { CrashAim } from './crash-steps.ts'
import { until } from './crash-until.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { createTopics, kafkaSection } from './kafka-config.ts'

const PARTITIONS = 4
const TRACKED_WITHIN_MS = 90_000
/** Load: so many events, so often. */
const FEED = { events: 100, everyMs: 60 } as const

/** Broker settings under which a member or a transaction that hangs is found out in seconds. */
export const CRASH_PROPERTIES = {
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
} as const

let cells = 0

/** One trial on a cluster: its own topics, group, folders and processes. */
export class CrashCell {
  readonly config: Config
  readonly world: World
  readonly cluster: KafkaCluster
  /** Set by a trial that damages stores. */
  mayBeDamaged = false
  private readonly folder: string
  private readonly processes: CrashProcess[] = []
  private dataDirs = 0

  private constructor(cluster: KafkaCluster, config: Config, world: World, folder: string) {
    this.cluster = cluster
    this.config = config
    this.world = world
    this.folder = folder
  }

  static async open(cluster: KafkaCluster, changes: Partial<KafkaConfig> = {}): Promise<CrashCell> {
    const name = `crash-${process.pid}-${cells++}`
    const config = configSchema.parse({
      ...SMALL_SETTINGS,
      // The clock of the machine has no say in what is compared.
      tracker: { sliceSize: 256, idleAdvanceSeconds: 86_400 },
      log: 'kafka',
      partitions: PARTITIONS,
      kafka: kafkaSection(cluster, name, { sessionTimeoutSeconds: 3, requestTimeoutSeconds: 10, ...changes }),
    })
    await createTopics(config)
    const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-crash-'))
    // JSON is YAML.
    await writeFile(join(folder, 'config.yaml'), JSON.stringify(config))
    return new CrashCell(cluster, config, await openWorldAsFound(config), folder)
  }

  /** Path of a data folder that is not there yet. */
  freshDataDir(): string {
    return join(this.folder, `data-${this.dataDirs++}`)
  }

  start(dataDir = this.freshDataDir(), aim?: CrashAim, fileBlocks?: number): CrashProcess {
    const started = new CrashProcess({ configFile: join(this.folder, 'config.yaml'), dataDir, aim, fileBlocks })
    this.processes.push(started)
    return started
  }

  append(from: number, to: number): Promise<void> {
    return appendInput(this.world, from, to, PARTITIONS)
  }

  /** Appends the rest of the input bit by bit. */
  async feed(from: number): Promise<void> {
    for (let at = from; at < CRASH_INPUT.length; at += FEED.events) {
      await this.append(at, Math.min(at + FEED.events, CRASH_INPUT.length))
      await setTimeout(FEED.everyMs)
    }
  }

  /** Waits until the group has consumed all input; ends at once when one of the processes does. */
  async untilTracked(...alive: readonly CrashProcess[]): Promise<void> {
    await until('all input is tracked', TRACKED_WITHIN_MS, async () => {
      for (const process of alive) process.requireAlive()
      return this.isTracked()
    })
  }

  async isTracked(): Promise<boolean> {
    const { log } = this.world
    for (let partition = 0; partition < PARTITIONS; partition++) {
      // The last record is followed by the mark of its transaction.
      const end = (await log.endOffset(TOPICS.interactions, partition)) - 1
      if (((await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)) ?? 0) < end) return false
    }
    return true
  }

  /** Stops what still runs, in order, and compares everything with a run without faults. */
  async finish(): Promise<void> {
    await Promise.all(this.processes.filter(({ hasEnded }) => !hasEnded).map((process) => process.stop()))
    const dataDirs = new Set(this.processes.map(({ dataDir }) => dataDir))
    await checkCell(this.world, this.config, { dataDirs: [...dataDirs], mayBeDamaged: this.mayBeDamaged })
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()))
    await this.world.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Runs a trial and cleans up after it, whatever happens. Returns what it has to say of itself. */
export async function inCell(
  cluster: KafkaCluster,
  work: (cell: CrashCell) => Promise<string>,
  changes: Partial<KafkaConfig> = {},
): Promise<string> {
  const cell = await CrashCell.open(cluster, changes)
  try {
    const detail = await work(cell)
    await cell.finish()
    return detail
  } finally {
    await cell.close()
  }
}
