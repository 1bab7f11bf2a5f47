import type { Kafka } from 'kafkajs'
import { isPassing, KAFKA_CODES, KafkaCodeError } from './kafka-errors.ts'
import type { WireRequest } from './wire-request.ts'

/** The part of kafkajs' broker that is used here and that it keeps to itself. */
export interface KafkaBroker {
  readonly nodeId: string | number
  readonly connectionPool: { send<T>(request: WireRequest<T>): Promise<T> }
  initProducerId(request: {
    transactionalId: string | undefined
    transactionTimeout: number
  }): Promise<{ producerId: string; producerEpoch: number }>
  addPartitionsToTxn(
    request: TransactionOwner & { topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>
  addOffsetsToTxn(request: TransactionOwner & { groupId: string }): Promise<unknown>
  txnOffsetCommit(request: TransactionOwner & { groupId: string; topics: TopicOffsets[] }): Promise<unknown>
  endTxn(request: TransactionOwner & { transactionResult: boolean }): Promise<unknown>
  offsetCommit(request: {
    groupId: string
    groupGenerationId: number
    memberId: string
    retentionTime: number
    topics: TopicOffsets[]
  }): Promise<unknown>
  offsetFetch(request: {
    groupId: string
    topics: { topic: string; partitions: { partition: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>
}

export interface TransactionOwner {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}

export interface TopicOffsets {
  readonly topic: string
  readonly partitions: { partition: number; offset: string; metadata: string | null }[]
}

interface KafkaCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findBroker(node: { nodeId: string | number }): Promise<KafkaBroker>
  findControllerBroker(): Promise<KafkaBroker>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<KafkaBroker>
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

const METADATA_MAX_AGE_MS = 300_000
const READ_COMMITTED = 1
const COORDINATOR_TYPES = { group: 0, transaction: 1 } as const

/**
 * Connections to the brokers of a cluster, one for fetching and one for the rest per broker, shared by all reading and
 * writing of a process. It is kafkajs' own cluster object: connecting, TLS, login, metadata and coordinators are its
 * work. Its producer and consumer are not used for records: the consumer shows records of aborted transactions
 * (drop-aborted.ts), and the producer drops or repeats batches when a leader moves while it sends to several brokers.
 */
export class KafkaConnection {
  readonly #cluster: KafkaCluster
  readonly #coordinators = new Map<string, string | number>()

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  connect(): Promise<void> {
    return this.#cluster.connect()
  }

  close(): Promise<void> {
    return this.#cluster.disconnect()
  }

  /** Makes the leaders of the topics known. */
  addTopics(names: readonly string[]): Promise<void> {
    return this.#cluster.addMultipleTargetTopics(names)
  }

  /** Partitions of a topic whose leaders are known, ascending. */
  partitionsOf(topic: string): number[] {
    return this.#cluster
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId }) => partitionId)
      .sort((left, right) => left - right)
  }

  /** Node that leads a partition; null when none is known at the moment. */
  leaderOf(topic: string, partition: number): number | null {
    try {
      const found = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
      return found && found.leader >= 0 ? found.leader : null
    } catch (error) {
      if (isPassing(error)) return null
      throw error
    }
  }

  /** Sends a request of this program's own making. */
  async send<T>(nodeId: string | number, request: WireRequest<T>): Promise<T> {
    const broker = await this.#cluster.findBroker({ nodeId })
    return broker.connectionPool.send(request)
  }

  /** Works with the broker that keeps a group's positions or a transactional id, or with any for the null id. */
  async withCoordinator<T>(
    kind: keyof typeof COORDINATOR_TYPES,
    id: string | null,
    work: (broker: KafkaBroker) => Promise<T>,
  ): Promise<T> {
    const key = `${kind} ${id}`
    try {
      const broker = await this.#coordinator(key, kind, id)
      return await work(broker)
    } catch (error) {
      if (isPassing(error)) this.#coordinators.delete(key)
      throw error
    }
  }

  /** First offset, or the one up to which committed records can be read. */
  async offsetOf(topic: string, partition: number, fromBeginning: boolean): Promise<number> {
    await this.#cluster.refreshMetadataIfNecessary()
    const found = await this.#cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }])
    const offset = found[0]?.partitions[0]?.offset
    if (offset === undefined) throw new KafkaCodeError(KAFKA_CODES.leaderNotAvailable)
    return Number(offset)
  }

  refresh(): Promise<void> {
    return this.#cluster.refreshMetadata()
  }

  refreshIfOld(): Promise<void> {
    return this.#cluster.refreshMetadataIfNecessary()
  }

  async #coordinator(key: string, kind: keyof typeof COORDINATOR_TYPES, id: string | null): Promise<KafkaBroker> {
    if (id === null) return this.#cluster.findControllerBroker()
    const nodeId = this.#coordinators.get(key)
    if (nodeId !== undefined) return this.#cluster.findBroker({ nodeId })
    const found = await this.#cluster.findGroupCoordinator({ groupId: id, coordinatorType: COORDINATOR_TYPES[kind] })
    this.#coordinators.set(key, found.nodeId)
    return found
  }
}

/** kafkajs hands out clusters only inside its producers and consumers, so this one is taken from where they get theirs. */
function createCluster(kafka: Kafka): KafkaCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  const create: unknown = symbol && (kafka as unknown as Record<symbol, unknown>)[symbol]
  if (typeof create !== 'function') throw new Error('Cannot use this version of kafkajs: it must be 2.2.4')
  const options = {
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
  }
  return create(options) as KafkaCluster
}
