import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { PartitionGroup } from '../group-by-partition.ts'
import { fencedError } from '../local-writers.ts'
import type { GroupPosition } from '../log.ts'
import { encodeOutput, type PartitionOutput } from './encode-outputs.ts'
import { groupByTopic } from './group-by-topic.ts'
import type { KafkaConnection, TopicOffsets } from './kafka-connection.ts'
import { isFenced, logFailureOf } from './kafka-errors.ts'
import type { KafkaOffsets } from './kafka-offsets.ts'
import { type GroupOffsets, KafkaProducer } from './kafka-producer.ts'
import { retryPassing } from './retry-passing.ts'

export interface KafkaWriterContext {
  readonly connection: KafkaConnection
  /** Kafka's number of the compression. */
  readonly compression: number
  readonly isTransactional: boolean
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Name in Kafka of a topic of the port. */
  readonly topicName: (name: string) => string
  readonly groupId: (group: string) => string
  /** Told what takes effect. */
  readonly offsets: Pick<KafkaOffsets, 'wrote' | 'moved'>
  /** Commits positions as a member of the group; null where this process is none. */
  readonly memberCommit: (groupId: string) => ((topics: TopicOffsets[]) => Promise<void>) | null
}

/** Outputs and positions ready to send, the bytes copied. */
export interface Publication {
  readonly groups: readonly PartitionGroup[]
  /** Of each group, encoded. */
  readonly outputs: readonly PartitionOutput[]
  readonly offsets: GroupOffsets | null
}

export function preparePublication(
  { topicName, groupId }: KafkaWriterContext,
  groups: readonly PartitionGroup[],
  group: string,
  positions: readonly GroupPosition[],
): Publication {
  const topics = groupByTopic(positions).map(([topic, ofTopic]) => ({
    topic: topicName(topic),
    partitions: ofTopic.map(({ partition, nextOffset }) => ({ partition, offset: String(nextOffset), metadata: null })),
  }))
  return {
    groups,
    outputs: groups.map((output) => encodeOutput(topicName(output.topic.name), output)),
    offsets: topics.length > 0 ? { groupId: groupId(group), topics } : null,
  }
}

/**
 * Publishes under one transactional id, one publication after the other. Without transactions outputs go before their
 * positions, so that a crash repeats outputs and never skips input, and nobody is fenced. After a failure a writer is of
 * no more use, and each later commit throws the same error: whoever still owns the task opens another.
 */
export class KafkaWriter {
  readonly #context: KafkaWriterContext
  readonly #task: string
  readonly #producer: KafkaProducer
  #last: Promise<unknown> = Promise.resolve()
  #failure: unknown = null

  private constructor(context: KafkaWriterContext, task: string, producer: KafkaProducer) {
    this.#context = context
    this.#task = task
    this.#producer = producer
  }

  /** Fences every earlier writer of the transactional id, and ends what it left open. */
  static async open(context: KafkaWriterContext, task: string, transactionalId: string): Promise<KafkaWriter> {
    const { connection, compression, isTransactional, transactionTimeoutMs, requestTimeoutMs } = context
    try {
      const producer = await KafkaProducer.open(connection, {
        transactionalId: isTransactional ? transactionalId : null,
        transactionTimeoutMs,
        requestTimeoutMs,
        compression,
      })
      return new KafkaWriter(context, task, producer)
    } catch (error) {
      throw logFailureOf(`open a writer for ${task}`, error)
    }
  }

  /**
   * The offset of each record, by the place it has in its append. With an error that is `retryable` the publication may
   * have taken effect: the next owner of the task finds out from its committed position.
   */
  publish(publication: Publication): Promise<number[]> {
    const published = this.#last.then(() => this.#publish(publication))
    this.#last = published.catch(() => {})
    return published
  }

  /** Waits for what it has accepted. */
  async close(): Promise<void> {
    await this.#last
  }

  async #publish({ groups, outputs, offsets }: Publication): Promise<number[]> {
    if (this.#failure !== null) throw this.#failure
    try {
      const baseOffsets = this.#context.isTransactional
        ? await this.#producer.transact(outputs, offsets)
        : await this.#sendThenCommit(outputs, offsets)
      this.#tell(outputs, offsets, baseOffsets)
      return recordOffsets(groups, outputs, baseOffsets)
    } catch (error) {
      throw (this.#failure = this.#failureOf(error))
    }
  }

  #tell(outputs: readonly PartitionOutput[], offsets: GroupOffsets | null, baseOffsets: readonly number[][]): void {
    for (const [index, { topic, partition, sections }] of outputs.entries()) {
      this.#context.offsets.wrote(topic, partition, baseOffsets[index].at(-1)! + sections.at(-1)!.count)
    }
    for (const { topic, partitions } of offsets?.topics ?? []) {
      for (const { partition, offset } of partitions) {
        this.#context.offsets.moved(offsets!.groupId, topic, partition, Number(offset))
      }
    }
  }

  async #sendThenCommit(outputs: readonly PartitionOutput[], offsets: GroupOffsets | null): Promise<number[][]> {
    const baseOffsets = await this.#producer.send(outputs)
    if (offsets === null) return baseOffsets
    const { connection, memberCommit, transactionTimeoutMs } = this.#context
    const { groupId, topics } = offsets
    const alone = { groupId, groupGenerationId: -1, memberId: '', retentionTime: -1, topics }
    const commit =
      memberCommit(groupId) ??
      (() => connection.withCoordinator('group', groupId, async (broker) => void (await broker.offsetCommit(alone))))
    await retryPassing(() => commit(topics), { deadline: performance.now() + transactionTimeoutMs })
    return baseOffsets
  }

  #failureOf(error: unknown): unknown {
    if (isFenced(error)) return fencedError(this.#task, error)
    const failure = logFailureOf(`commit for ${this.#task}`, error)
    if (failure instanceof LifecycleError || !(failure instanceof Error)) return failure
    const text = `Cannot commit for ${this.#task}: ${failure.message}`
    return new LifecycleError('commit-failed', text, { cause: error, retryable: true })
  }
}

function recordOffsets(
  groups: readonly PartitionGroup[],
  outputs: readonly PartitionOutput[],
  baseOffsets: readonly number[][],
): number[] {
  const offsets: number[] = []
  for (const [index, { places }] of groups.entries()) {
    let rank = 0
    for (const [section, { count }] of outputs[index].sections.entries()) {
      for (let delta = 0; delta < count; delta++) offsets[places[rank++]] = baseOffsets[index][section] + delta
    }
  }
  return offsets
}
