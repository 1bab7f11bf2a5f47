import { codecOf } from './codec-of.ts'
import { recordsOf, type RecordSection, stampBatch } from './encode-record-batch.ts'
import type { PartitionOutput } from './encode-outputs.ts'
import type { KafkaConnection, TopicOffsets, TransactionOwner } from './kafka-connection.ts'
import { isPassing, isPassingCode, KAFKA_CODES, KafkaCodeError } from './kafka-errors.ts'
import { groupByTopic } from './group-by-topic.ts'
import { type PartitionBatch, produceRequest } from './produce-request.ts'
import { retryPassing, retryPauseMs } from './retry-passing.ts'

export interface KafkaProducerOptions {
  /** Null for a producer without transactions. */
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Kafka's number of the compression. */
  readonly compression: number
}

/** Positions that become visible with the outputs. */
export interface GroupOffsets {
  readonly groupId: string
  readonly topics: TopicOffsets[]
}

/** What one partition still has to send. */
interface Lane extends PartitionOutput {
  next: number
  /** Stamped and perhaps already sent: a batch is repeated byte for byte, so that the broker sees it is the same. */
  batch: Buffer | null
  readonly baseOffsets: number[]
}

/** Well below what brokers take in a request. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024
const ABORT_WITHIN_MS = 3_000
const LAST_SEQUENCE = 2 ** 31

/**
 * Idempotent, and with a transactional id transactional, writing over a connection. One call at a time. After a call
 * that failed the producer is done with: whether its batches and its sequence numbers arrived is not known any more.
 */
export class KafkaProducer {
  readonly #connection: KafkaConnection
  readonly #options: KafkaProducerOptions
  readonly #producerId: string
  readonly #producerEpoch: number
  readonly #sequences = new Map<string, number>()

  private constructor(connection: KafkaConnection, options: KafkaProducerOptions, id: string, epoch: number) {
    this.#connection = connection
    this.#options = options
    this.#producerId = id
    this.#producerEpoch = epoch
  }

  /** Fences earlier producers of the transactional id; waits until a transaction they left open is aborted. */
  static async open(connection: KafkaConnection, options: KafkaProducerOptions): Promise<KafkaProducer> {
    const { transactionalId, transactionTimeoutMs: transactionTimeout } = options
    const request = { transactionalId: transactionalId ?? undefined, transactionTimeout }
    const { producerId, producerEpoch } = await retryPassing(
      () => connection.withCoordinator('transaction', transactionalId, (broker) => broker.initProducerId(request)),
      { deadline: performance.now() + transactionTimeout, between: () => connection.refresh() },
    )
    return new KafkaProducer(connection, options, producerId, producerEpoch)
  }

  /** Sends outputs and positions in one transaction. Returns the base offset of each section. */
  async transact(outputs: readonly PartitionOutput[], offsets: GroupOffsets | null): Promise<number[][]> {
    const deadline = performance.now() + this.#options.transactionTimeoutMs
    if (outputs.length > 0) await this.#addPartitions(outputs, deadline)
    try {
      // Positions go to another broker than the outputs; both have ended when this goes on, also where one has failed.
      const [produced, positioned] = await Promise.allSettled([
        this.#produce(outputs, deadline),
        offsets ? this.#addOffsets(offsets, deadline) : null,
      ])
      if (produced.status === 'rejected') throw produced.reason
      if (positioned.status === 'rejected') throw positioned.reason
      if (outputs.length > 0 || offsets) await this.#end(true, deadline)
      return produced.value
    } catch (error) {
      await this.#end(false, performance.now() + ABORT_WITHIN_MS).catch(() => {})
      throw error
    }
  }

  /** Sends outputs without a transaction. Returns the base offset of each section. */
  send(outputs: readonly PartitionOutput[]): Promise<number[][]> {
    return this.#produce(outputs, performance.now() + this.#options.transactionTimeoutMs)
  }

  get #owner(): TransactionOwner {
    const { transactionalId } = this.#options
    if (transactionalId === null)
      throw new TypeError('Cannot begin a transaction: the producer has no transactional id')
    return { transactionalId, producerId: this.#producerId, producerEpoch: this.#producerEpoch }
  }

  async #addPartitions(outputs: readonly PartitionOutput[], deadline: number): Promise<void> {
    const topics = groupByTopic(outputs).map(([topic, group]) => {
      return { topic, partitions: group.map(({ partition }) => partition) }
    })
    const { transactionalId } = this.#owner
    const add = () =>
      this.#connection.withCoordinator('transaction', transactionalId, (broker) =>
        broker.addPartitionsToTxn({ ...this.#owner, topics }),
      )
    await retryPassing(add, { deadline })
  }

  async #addOffsets({ groupId, topics }: GroupOffsets, deadline: number): Promise<void> {
    const { transactionalId } = this.#owner
    const add = () =>
      this.#connection.withCoordinator('transaction', transactionalId, (broker) =>
        broker.addOffsetsToTxn({ ...this.#owner, groupId }),
      )
    await retryPassing(add, { deadline })
    const commit = () =>
      this.#connection.withCoordinator('group', groupId, (broker) =>
        broker.txnOffsetCommit({ ...this.#owner, groupId, topics }),
      )
    await retryPassing(commit, { deadline })
  }

  /** Ending again what has ended the same way is fine, so that a lost answer can be asked for again. */
  async #end(isCommit: boolean, deadline: number): Promise<void> {
    const { transactionalId } = this.#owner
    const end = () =>
      this.#connection.withCoordinator('transaction', transactionalId, (broker) =>
        broker.endTxn({ ...this.#owner, transactionResult: isCommit }),
      )
    await retryPassing(end, { deadline, between: () => this.#connection.refresh() })
  }

  /** In rounds of one batch per partition, each partition's in their order. */
  async #produce(outputs: readonly PartitionOutput[], deadline: number): Promise<number[][]> {
    const lanes = outputs.map((output): Lane => ({ ...output, next: 0, batch: null, baseOffsets: [] }))
    for (let failures = 0; ;) {
      const open = lanes.filter(({ next, sections }) => next < sections.length)
      if (open.length === 0) return lanes.map(({ baseOffsets }) => baseOffsets)
      const error = await this.#produceRound(open)
      if (error === null) {
        failures = 0
        continue
      }
      const pauseMs = retryPauseMs(error, failures++)
      if (performance.now() + pauseMs > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      await this.#connection.refresh().catch(() => {})
    }
  }

  /** Sends the next batch of each lane to its leader. Returns an error that may pass, throws one that will not. */
  async #produceRound(lanes: readonly Lane[]): Promise<unknown> {
    const byLeader = new Map<number, Lane[]>()
    let passing: unknown = null
    for (const lane of lanes) {
      const leader = this.#connection.leaderOf(lane.topic, lane.partition)
      if (leader === null) passing = new KafkaCodeError(KAFKA_CODES.leaderNotAvailable)
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), lane])
    }
    const sent = [...byLeader].map(([leader, group]) => this.#produceTo(leader, group))
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === 'rejected') throw result.reason
      passing = result.value ?? passing
    }
    return passing
  }

  async #produceTo(leader: number, lanes: readonly Lane[]): Promise<unknown> {
    const batches: (PartitionBatch & { lane: Lane })[] = []
    let bytes = 0
    for (const lane of lanes) {
      const batch = (lane.batch ??= await this.#stamp(lane, lane.sections[lane.next]))
      bytes += batch.length
      if (bytes > MAX_REQUEST_BYTES && batches.length > 0) break
      batches.push({ topic: lane.topic, partition: lane.partition, batch, lane })
    }
    const { transactionalId, requestTimeoutMs } = this.#options
    try {
      const results = await this.#connection.send(leader, produceRequest(transactionalId, batches, requestTimeoutMs))
      const byPartition = new Map(results.map((result) => [`${result.topic}/${result.partition}`, result]))
      let passing: unknown = null
      for (const { lane } of batches) {
        const result = byPartition.get(`${lane.topic}/${lane.partition}`)
        passing = settle(lane, result?.errorCode ?? KAFKA_CODES.leaderNotAvailable, result?.baseOffset ?? -1) ?? passing
      }
      return passing
    } catch (error) {
      if (error instanceof KafkaCodeError || !isPassing(error)) throw error
      return error
    }
  }

  async #stamp({ topic, partition }: PartitionOutput, section: RecordSection): Promise<Buffer> {
    const key = `${topic}/${partition}`
    const firstSequence = this.#sequences.get(key) ?? 0
    this.#sequences.set(key, (firstSequence + section.count) % LAST_SEQUENCE)
    const records = recordsOf(section)
    const packed = await codecOf(this.#options.compression)?.compress({ buffer: records })
    const isPacked = packed !== undefined && packed.length < records.length
    const stamp = {
      producerId: BigInt(this.#producerId),
      producerEpoch: this.#producerEpoch,
      firstSequence,
      isTransactional: this.#options.transactionalId !== null,
      compression: isPacked ? this.#options.compression : 0,
    }
    return stampBatch(section, stamp, isPacked ? packed : null)
  }
}

/** Moves a lane on when its batch is in the log. Returns an error that may pass, throws one that will not. */
function settle(lane: Lane, errorCode: number, baseOffset: number): KafkaCodeError | null {
  if (errorCode !== 0 && errorCode !== KAFKA_CODES.duplicateSequence) {
    const error = new KafkaCodeError(errorCode)
    if (isPassingCode(errorCode)) return error
    throw error
  }
  lane.baseOffsets.push(baseOffset)
  lane.next++
  lane.batch = null
  return null
}
