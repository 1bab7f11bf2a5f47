import { setTimeout } from 'node:timers/promises'
import { type CompressionTypes, type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { fencedError } from '../local-writers.ts'
import type { GroupPosition, OutputRecord } from '../log.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { produceRequests } from './produce-requests.ts'

export interface WriterContext {
  readonly kafka: Kafka
  readonly compression: CompressionTypes
  readonly transactionTimeoutMs: number
  /** Name in Kafka of a topic of the port. */
  readonly topicName: (name: string) => string
  readonly groupId: (group: string) => string
}

export interface Publication {
  readonly outputs: readonly OutputRecord[]
  readonly group: string
  readonly positions: readonly GroupPosition[]
}

/** The broker still ends the transaction before; kafkajs does not try again by itself. */
const BUSY = 'CONCURRENT_TRANSACTIONS'
const BUSY_TRIES = 50
const BUSY_PAUSE_MS = 20
/** What a producer is told whose transactional id somebody else has initialised since. */
const FENCED: ReadonlySet<unknown> = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE'])

/**
 * A transactional producer under one transactional id. Opening it fences every earlier one, and ends what that left
 * open. After a failure it is of no more use: kafkajs keeps the state of the failed transaction.
 */
export class TransactionWriter {
  readonly #context: WriterContext
  readonly #task: string
  readonly #producer: Producer
  #failure: unknown = null

  private constructor(context: WriterContext, task: string, transactionalId: string) {
    this.#context = context
    this.#task = task
    this.#producer = context.kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: context.transactionTimeoutMs,
      createPartitioner: Partitioners.DefaultPartitioner,
      // As long as the broker waits for the transaction.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        retries: Math.ceil(context.transactionTimeoutMs / 2_000) + 5,
      },
    })
  }

  static async open(context: WriterContext, task: string, transactionalId: string): Promise<TransactionWriter> {
    const writer = new TransactionWriter(context, task, transactionalId)
    try {
      await writer.#producer.connect()
      // Connecting does not initialise the id, and so fences nobody; beginning a transaction does.
      await (await writer.#producer.transaction()).abort()
    } catch (error) {
      await writer.#producer.disconnect().catch(() => {})
      throw kafkaFailure(`write for ${task}`, error)
    }
    return writer
  }

  /** Offset of each output, in their order. */
  async commit({ outputs, group, positions }: Publication): Promise<number[]> {
    if (this.#failure !== null) throw this.#failure
    const requests = produceRequests(outputs, this.#context.topicName)
    const offsets = Array.from<number>({ length: outputs.length })
    let transaction: Transaction | null = null
    try {
      transaction = await this.#producer.transaction()
      for (const { topicMessages, places } of requests) {
        const answers = await this.#whileBusy(() => transaction!.sendBatch({ topicMessages, ...this.#options() }))
        for (const { topicName, partition, baseOffset } of answers) {
          const first = Number(baseOffset)
          places.get(`${topicName}/${partition}`)!.forEach((place, rank) => (offsets[place] = first + rank))
        }
      }
      if (positions.length > 0) await this.#whileBusy(() => transaction!.sendOffsets(this.#offsetsOf(group, positions)))
      await transaction.commit()
      return offsets
    } catch (error) {
      // The first error counts; the next owner of the id ends what this one leaves open.
      if (transaction?.isActive()) await transaction.abort().catch(() => {})
      throw (this.#failure = this.#failureOf(error))
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect().catch(() => {})
  }

  #options() {
    return { acks: -1, compression: this.#context.compression }
  }

  #offsetsOf(group: string, positions: readonly GroupPosition[]) {
    const { topicName, groupId } = this.#context
    const topics = new Map<string, GroupPosition[]>()
    for (const position of positions) topics.set(position.topic, [...(topics.get(position.topic) ?? []), position])
    return {
      consumerGroupId: groupId(group),
      topics: [...topics].map(([topic, ofTopic]) => ({
        topic: topicName(topic),
        partitions: ofTopic.map(({ partition, nextOffset }) => ({ partition, offset: String(nextOffset) })),
      })),
    }
  }

  async #whileBusy<T>(request: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await request()
      } catch (error) {
        if (typeOf(error) !== BUSY || tries === BUSY_TRIES) throw error
        await setTimeout(BUSY_PAUSE_MS)
      }
    }
  }

  #failureOf(error: unknown): unknown {
    if (error instanceof RangeError || error instanceof LifecycleError) return error
    if (FENCED.has(typeOf(error))) return fencedError(this.#task, error)
    const failure = kafkaFailure(`commit for ${this.#task}`, error)
    if (failure instanceof LifecycleError) return failure
    const reason = error instanceof Error ? error.message : String(error)
    return new LifecycleError('commit-failed', `Cannot commit for ${this.#task}: ${reason}`, {
      cause: error,
      retryable: true,
    })
  }
}

/** The broker's name for an error, wherever kafkajs has wrapped it. */
function typeOf(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if ('type' in at) return at.type
  return undefined
}
