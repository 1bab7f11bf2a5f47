import { randomUUID } from 'node:crypto'
import type { Admin, Kafka } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { ChangeSignal } from '../change-signal.ts'
import { checkPosition } from '../check-position.ts'
import { checkRead } from '../check-read.ts'
import { groupByPartition } from '../group-by-partition.ts'
import { closedError } from '../log-failure.ts'
import type {
  Log,
  LogSlice,
  LogTransaction,
  LogWriter,
  Membership,
  MembershipListener,
  OutputRecord,
  TopicSpec,
} from '../log.ts'
import { TopicTable } from '../topic-table.ts'
import { compressionType } from './compression-codecs.ts'
import { connectKafka, type KafkaLogger } from './connect-kafka.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { GroupMembership } from './group-membership.ts'
import { type KafkaSettings, kafkaTopicName } from './kafka-settings.ts'
import { ensureKafkaTopics } from './kafka-topics-present.ts'
import { RecordReader } from './record-reader.ts'
import { TransactionWriter, type WriterContext } from './transaction-writer.ts'

/**
 * The log on a Kafka cluster. Throws LifecycleError `broker-unreachable`, `broker-refused`, `broker-version`,
 * `unreadable-file`. Outputs and positions are one transaction; records are read once their transaction is committed.
 */
export async function openKafkaLog(settings: KafkaSettings, logger: KafkaLogger): Promise<Log> {
  const kafka = await connectKafka(settings, logger)
  const admin = kafka.admin()
  await admin.connect()
  const { clusterId } = await admin.describeCluster()
  return new KafkaLog(settings, kafka, admin, `${clusterId}/${settings.prefix}${settings.application}`)
}

class KafkaLog implements Log {
  readonly id: string
  readonly #settings: KafkaSettings
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #topics = new TopicTable()
  readonly #signal = new ChangeSignal()
  readonly #writers: WriterContext
  readonly #open = new Set<{ close(): Promise<void> }>()
  /** By topic: a reader serves the topics that were known when it was made. */
  readonly #readers = new Map<string, Promise<RecordReader>>()
  #appender: Promise<TransactionWriter> | null = null
  #lastAppend: Promise<unknown> = Promise.resolve()
  #failure: Error | null = null
  #closing: Promise<void> | null = null

  constructor(settings: KafkaSettings, kafka: Kafka, admin: Admin, id: string) {
    this.id = id
    this.#settings = settings
    this.#kafka = kafka
    this.#admin = admin
    this.#writers = {
      kafka,
      compression: compressionType(settings.compression),
      transactionTimeoutMs: settings.transactionTimeoutMs,
      topicName: (name) => kafkaTopicName(settings, name),
      groupId: (group) => `${settings.application}-${group}`,
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#guard('create topics', async () => {
      const planned = this.#topics.plan(specs)
      await ensureKafkaTopics(this.#admin, this.#settings, specs)
      this.#topics.add(planned)
    })
  }

  topics(): readonly TopicSpec[] {
    return this.#topics.specs()
  }

  append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    return this.#guard('append to the log', async () => {
      groupByPartition('append to', records, this.#topics)
      const copies = records.map(copyOf)
      const appended = this.#lastAppend.then(() => this.#append(copies))
      this.#lastAppend = appended.catch(() => {})
      return appended
    })
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice> {
    checkRead(topic, partition, offset, limit)
    return this.#guard(`read ${topic}/${partition}`, async () => {
      this.#topics.find('read', topic, partition)
      const reader = await this.#readerOf(topic)
      return reader.read(kafkaTopicName(this.#settings, topic), partition, offset, limit)
    })
  }

  startOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, 'low')
  }

  /** The last stable offset: kafkajs asks for offsets as a reader of committed records. */
  endOffset(topic: string, partition: number): Promise<number> {
    return this.#offset(topic, partition, 'high')
  }

  openWriter(task: string): Promise<LogWriter> {
    return this.#guard('open a writer of the log', async () => {
      const writer = await TransactionWriter.open(this.#writers, task, `${this.#settings.application}-${task}`)
      this.#open.add(writer)
      return {
        commit: (transaction) => this.#guard('commit to the log', () => this.#commit(writer, transaction)),
        close: async () => {
          this.#open.delete(writer)
          await writer.close()
        },
      }
    })
  }

  join(group: string, topic: string, listener: MembershipListener): Promise<Membership> {
    return this.#guard('join a group of the log', async () => {
      this.#topics.find('join a group of', topic, 0)
      const membership = await GroupMembership.join({
        kafka: this.#kafka,
        groupId: this.#writers.groupId(group),
        topic: kafkaTopicName(this.#settings, topic),
        sessionTimeoutMs: this.#settings.sessionTimeoutMs,
        listener,
        onFailure: (error) => this.#fail(error),
      })
      const open = { close: () => membership.leave() }
      this.#open.add(open)
      return {
        held: () => membership.held(),
        leave: async () => {
          this.#open.delete(open)
          await membership.leave()
        },
      }
    })
  }

  committed(group: string, topic: string, partition: number): Promise<number | null> {
    return this.#guard(`read the position of ${group}`, async () => {
      this.#topics.find('read', topic, partition)
      const name = kafkaTopicName(this.#settings, topic)
      const [{ partitions }] = await this.#admin.fetchOffsets({ groupId: this.#writers.groupId(group), topics: [name] })
      const offset = Number(partitions.find((found) => found.partition === partition)?.offset ?? -1)
      return offset < 0 ? null : offset
    })
  }

  changed(): Promise<void> {
    return this.#signal.wait()
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await this.#lastAppend
    this.#signal.end()
    const readers = [...new Set(this.#readers.values())]
    await Promise.all([
      ...[...this.#open].map((open) => open.close()),
      ...readers.map(async (reader) => (await reader).close()),
      this.#appender?.then((writer) => writer.close()),
    ]).catch(() => {})
    await this.#admin.disconnect().catch(() => {})
  }

  async #append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    if (records.length === 0) return []
    // One that nobody else can have: appends are fenced by nothing.
    const id = `${this.#settings.application}-append-${randomUUID()}`
    this.#appender ??= TransactionWriter.open(this.#writers, 'an append', id)
    const appender = this.#appender
    try {
      const offsets = await (await appender).commit({ outputs: records, group: '', positions: [] })
      this.#signal.fire()
      return offsets
    } catch (error) {
      this.#appender = null
      void appender.then((writer) => writer.close()).catch(() => {})
      throw error
    }
  }

  async #commit(writer: TransactionWriter, { group, outputs, positions }: LogTransaction): Promise<void> {
    groupByPartition('commit to', outputs, this.#topics)
    for (const position of positions) {
      checkPosition(group, position)
      this.#topics.find('commit a position of', position.topic, position.partition)
    }
    if (outputs.length === 0 && positions.length === 0) return
    await writer.commit({ outputs, group, positions })
    this.#signal.fire()
  }

  #readerOf(topic: string): Promise<RecordReader> {
    let reader = this.#readers.get(topic)
    if (reader) return reader
    const unread = this.#topics.specs().filter(({ name }) => !this.#readers.has(name))
    reader = RecordReader.open({
      kafka: this.#kafka,
      groupPrefix: `${this.#settings.application}-reader-`,
      topics: new Map(unread.map(({ name, partitions }) => [kafkaTopicName(this.#settings, name), partitions])),
      sessionTimeoutMs: this.#settings.sessionTimeoutMs,
      signal: this.#signal,
      onFailure: (error) => this.#fail(error),
    })
    for (const { name } of unread) this.#readers.set(name, reader)
    return reader
  }

  #offset(topic: string, partition: number, end: 'low' | 'high'): Promise<number> {
    return this.#guard(`read an offset of ${topic}`, async () => {
      this.#topics.find('read', topic, partition)
      const offsets = await this.#admin.fetchTopicOffsets(kafkaTopicName(this.#settings, topic))
      return Number(offsets.find((found) => found.partition === partition)![end])
    })
  }

  /** Readers and members stop for good: whatever is asked of the log from now on fails, and nobody waits for ever. */
  #fail(error: unknown): void {
    if (this.#closing !== null) return
    const failure = kafkaFailure('go on with Kafka', error)
    this.#failure ??= failure instanceof Error ? failure : new Error(String(failure))
    this.#signal.end()
  }

  async #guard<T>(action: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw closedError(action)
    if (this.#failure !== null) throw this.#failure
    try {
      return await work()
    } catch (error) {
      if (error instanceof LifecycleError || error instanceof RangeError || error instanceof TypeError) throw error
      if (this.#closing !== null) throw closedError(action)
      throw kafkaFailure(action, error)
    }
  }
}

function copyOf(record: OutputRecord): OutputRecord {
  const { key, value, headers } = record
  return {
    ...record,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: headers && Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)])),
  }
}
