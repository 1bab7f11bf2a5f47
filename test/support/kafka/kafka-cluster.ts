import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { kafkaJars } from './kafka-jars.ts'
import { KafkaNode } from './kafka-node.ts'
import type { KafkaVersion } from './kafka-versions.ts'
import { nodeProperties } from './node-properties.ts'
import { untilReady } from './until-ready.ts'

export interface KafkaClusterOptions {
  readonly version: KafkaVersion
  readonly nodes: 1 | 3
  /** Broker settings beside or instead of those of node-properties.ts. */
  readonly properties?: Readonly<Record<string, string>>
  /** Opens a second port per node, listener name SECURED, whose certificates or users `properties` sets up. */
  readonly secured?: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** Further arguments of StorageTool's format, for example `--add-scram`. */
  readonly formatArguments?: readonly string[]
  /** Beside those for a fast start; a later flag of the JVM wins, so a benchmark can take more memory. */
  readonly jvmFlags?: readonly string[]
}

export interface KafkaCluster {
  readonly version: KafkaVersion
  /** Folder of the jars, for Kafka's own command line clients. */
  readonly jars: string
  /** Without encryption or login, one address per node. */
  readonly bootstrapServers: readonly string[]
  /** Addresses of the second port, when `secured` asked for one. */
  readonly securedServers: readonly string[]
  /** Holds everything that the cluster writes. */
  readonly folder: string
  /** Process of each node, null where it is down. */
  pids(): (number | null)[]
  /** Ends node `index`, from 0: SIGKILL, or SIGTERM for an orderly end. */
  stopNode(index: number, signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts a stopped node with the folder and port it had, and waits until it takes part again. */
  startNode(index: number): Promise<void>
  /** Ends every process and deletes the folders. */
  stop(): Promise<void>
}

/** Starts Kafka on this machine and waits until it really answers. Everything ends with this process at the latest. */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const jars = await kafkaJars(options.version)
  const clusterFolder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-broker-'))
  const ports = await freePorts(options.nodes * 3)
  const clusterId = newClusterId()
  const nodes = Array.from({ length: options.nodes }, (_, index) => {
    const properties = { ...nodeProperties(index, options.nodes, ports, options.secured), ...options.properties }
    const folder = join(clusterFolder, String(index + 1))
    const { formatArguments = [], jvmFlags = [] } = options
    return new KafkaNode({ jars, folder, clusterFolder, clusterId, properties, formatArguments, jvmFlags })
  })
  const addresses = (from: number) =>
    ports.slice(from * options.nodes, (from + 1) * options.nodes).map((port) => `127.0.0.1:${port}`)
  const bootstrapServers = addresses(0)

  const ready = async (): Promise<void> => {
    const up = [...nodes.entries()].filter(([, node]) => node.pid !== null)
    const check = async (): Promise<void> => {
      const ended = up.find(([, node]) => node.pid === null)
      if (ended) throw new Error(`Kafka ended while it started; it wrote\n${await ended[1].said()}`)
    }
    await untilReady({ nodes: new Map(up.map(([i]) => [i + 1, bootstrapServers[i]])), check })
  }
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
    await rm(clusterFolder, { recursive: true, force: true })
  }

  try {
    await Promise.all(nodes.map((node) => node.prepare()))
    for (const node of nodes) node.start()
    await ready()
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
  return {
    version: options.version,
    jars,
    bootstrapServers,
    securedServers: options.secured ? addresses(2) : [],
    folder: clusterFolder,
    pids: () => nodes.map(({ pid }) => pid),
    stopNode: (index, signal = 'SIGKILL') => nodes[index].stop(signal),
    async startNode(index) {
      nodes[index].start()
      await ready()
    },
    stop,
  }
}

/** 22 characters, the first one no dash, which would make StorageTool take it for an option. */
function newClusterId(): string {
  const bytes = randomBytes(16)
  bytes[0] &= 0x7f
  return bytes.toString('base64url')
}
