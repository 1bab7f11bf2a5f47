import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Config, configSchema } from '../../src/app/config/config-schema.ts'
import { partitionOf } from '../../src/app/partition-of.ts'
import { TRACKER_GROUP } from '../../src/app/pipeline.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { openWorldAsFound, type World } from '../../src/app/wire.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import { dieWithParent } from '../../test/support/kafka/die-with-parent.ts'
import { type KafkaCluster, startKafkaCluster } from '../../test/support/kafka/kafka-cluster.ts'
import { createTopics, kafkaSection } from '../../test/support/kafka/kafka-config.ts'
import { NEWEST_KAFKA } from '../../test/support/kafka/kafka-versions.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** As the program starts itself. */
const HEAP = ['--max-semi-space-size=128', '--initial-old-space-size=256']
const LOOK_EVERY_MS = 50
const APPEND_AT_ONCE = 4096

/** A line of a process's log, as pino writes it. */
export interface StatusLine {
  readonly msg: string
  readonly time: number
  readonly rssBytes?: number
  readonly tensors?: number
  readonly trained?: number
  readonly events?: number
}

/** One process of the program on Kafka. */
export class FleetProcess {
  readonly name: string
  /** All status lines so far, of every process that had the name. */
  readonly status: StatusLine[]
  private readonly child: ChildProcess
  private readonly ended: Promise<unknown>
  private lastLines: string[] = []
  private wasStopped = false

  /** `folder` goes with the process, should this one be killed. */
  constructor(name: string, args: readonly string[], folder: string, status: StatusLine[]) {
    this.name = name
    this.status = status
    this.child = spawn(process.execPath, [...HEAP, 'dist/main.js', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.ended = once(this.child, 'exit')
    const watchdog = dieWithParent(this.child.pid!, folder)
    this.child.once('exit', () => watchdog.kill('SIGKILL'))
    createInterface(this.child.stderr!).on('line', (line) => this.read(line))
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Throws when the process ended and nobody stopped it. */
  requireSound(): void {
    const hasEnded = this.child.exitCode !== null || this.child.signalCode !== null
    if (hasEnded && !this.wasStopped) throw new Error(`${this.name} ended by itself: ${this.lastLines.join('\n')}`)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.requireSound()
    this.wasStopped = true
    this.child.kill(signal)
    await this.ended
  }

  private read(line: string): void {
    this.lastLines = [...this.lastLines, line].slice(-5)
    if (!line.includes('"status"')) return
    this.status.push(JSON.parse(line) as StatusLine)
  }
}

/** A broker, topics of one application, and processes of the program that work on them. */
export class KafkaFleet {
  readonly cluster: KafkaCluster
  readonly config: Config
  /** Reads and appends beside the processes. */
  readonly world: World
  private readonly folder: string
  private readonly processes: FleetProcess[] = []

  private constructor(cluster: KafkaCluster, config: Config, world: World, folder: string) {
    this.cluster = cluster
    this.config = config
    this.world = world
    this.folder = folder
  }

  /** Builds the program, as it is run elsewhere, and starts a broker for it. */
  static async start(settings: Record<string, unknown>): Promise<KafkaFleet> {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
    const cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1, jvmFlags: ['-Xmx2g'] })
    const folder = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
    const tree = { ...settings, log: 'kafka', logLevel: 'info', kafka: kafkaSection(cluster, 'fleet') }
    const config = configSchema.parse(tree)
    await createTopics(config)
    await writeFile(path.join(folder, 'config.yaml'), JSON.stringify(tree))
    return new KafkaFleet(cluster, config, await openWorldAsFound(config), folder)
  }

  /** Starts `run --role`. A name that was used before finds the data folder of then. */
  run(name: string, role: 'tracker' | 'ranker' | 'api', ...args: string[]): FleetProcess {
    const folders = ['--config', path.join(this.folder, 'config.yaml'), '--data-dir', path.join(this.folder, name)]
    const status = this.processes.find((other) => other.name === name)?.status ?? []
    const started = new FleetProcess(name, ['run', '--role', role, ...folders, ...args], this.folder, status)
    this.processes.push(started)
    return started
  }

  /** Runs another command on the fleet's configuration to its end. */
  async command(...args: string[]): Promise<void> {
    const all = [
      ...args,
      '--config',
      path.join(this.folder, 'config.yaml'),
      '--data-dir',
      path.join(this.folder, 'cli'),
    ]
    const stdio = ['ignore', 'inherit', 'inherit'] as const
    const child = spawn(process.execPath, ['dist/main.js', ...all], { cwd: ROOT, stdio: [...stdio] })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
  }

  /** Appends events as a producer would. */
  async produce(events: readonly Interaction[]): Promise<void> {
    for (let from = 0; from < events.length; from += APPEND_AT_ONCE) {
      await this.world.log.append(
        events.slice(from, from + APPEND_AT_ONCE).map((interaction) => ({
          topic: TOPICS.interactions,
          partition: partitionOf(interaction.userId, this.config.partitions),
          key: Buffer.from(interaction.userId),
          value: this.world.codecs.interaction.encode(interaction),
          timestamp: interaction.eventTime,
        })),
      )
    }
  }

  /** Records of interactions that no tracker has committed yet. */
  async lag(): Promise<number> {
    const { log } = this.world
    let lag = 0
    for (let partition = 0; partition < this.config.partitions; partition++) {
      const end = await log.endOffset(TOPICS.interactions, partition)
      const committed = (await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)) ?? 0
      // The last record is followed by the mark of its transaction.
      if (end - committed > 1) lag += end - committed
    }
    return lag
  }

  /** Waits until everything is tracked. Throws when a process ends, or when it takes too long. */
  async untilTracked(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    while ((await this.lag()) > 0) {
      for (const started of this.processes) started.requireSound()
      if (performance.now() > deadline)
        throw new Error(`${await this.lag()} records were not tracked in ${withinMs} ms`)
      await setTimeout(LOOK_EVERY_MS)
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.processes.map((started) => started.stop('SIGKILL')))
    await this.world.close().catch(() => {})
    await this.cluster.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}
