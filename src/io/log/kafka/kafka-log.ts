import { randomUUID } from 'node:crypto'
import type { Admin, Kafka } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { ChangeSignal } from '../change-signal.ts'
import { checkPosition } from '../check-position.ts'
import { checkRead } from '../check-read.ts'
import { groupByPartition } from '../group-by-partition.ts'
import { closedError } from '../closed-error.ts'
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
import { GroupMembership } from './group-membership.ts'
import { KafkaConnection } from './kafka-connection.ts'
import { logFailureOf } from './kafka-errors.ts'
import { KafkaOffsets } from './kafka-offsets.ts'
import { KafkaReader } from './kafka-reader.ts'
import { type KafkaSettings, kafkaTopicName } from './kafka-settings.ts'
import { ensureKafkaTopics } from './kafka-topics-present.ts'
import { KafkaWriter, type KafkaWriterContext, preparePublication, type Publication } from './kafka-writer.ts'
import { retryPassing } from './retry-passing.ts'
import { within } from './within.ts'

/** A close that waits for a broker that is gone goes on without it. */
const CLOSE_WITHIN_MS = 4_000
const TOPIC_KNOWN_WITHIN_MS = 10_000

/**
 * The log on a Kafka cluster. Throws LifecycleError `broker-unreachable`, `broker-refused`, `broker-version`,
 * `unreadable-file`. Outputs and positions are one transaction, unless the settings ask for at-least-once delivery;
 * records are read once their transaction is committed.
 */
export async function openKafkaLog(
  settings: KafkaSettings,
  logger: KafkaLogger,
  { mayCreateTopics }: { readonly mayCreateTopics: boolean },
): Promise<Log> {
  const kafka = await connectKafka(settings, logger)
  const connection = new KafkaConnection(kafka)
  const admin = kafka.admin()
  await Promise.all([admin.connect(), connection.connect()])
  const { clusterId } = await admin.describeCluster()
  const id = `${clusterId}/${settings.prefix}${settings.application}`
  return new KafkaLog(settings, kafka, admin, connection, id, mayCreateTopics)
}

class KafkaLog implements Log {
  readonly id: string
  readonly #mayCreateTopics: boolean
  readonly #settings: KafkaSettings
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #connection: KafkaConnection
  readonly #offsets: KafkaOffsets
  readonly #reader: KafkaReader
  readonly #topics = new TopicTable()
  readonly #signal = new ChangeSignal()
  readonly #writers: KafkaWriterContext
  readonly #memberships = new Map<GroupMembership, string>()
  readonly #open = new Set<KafkaWriter>()
  #appender: Promise<KafkaWriter> | null = null
  #lastAppend: Promise<unknown> = Promise.resolve()
  #failure: Error | null = null
  #closing: Promise<void> | null = null

  constructor(
    settings: KafkaSettings,
    kafka: Kafka,
    admin: Admin,
    connection: KafkaConnection,
    id: string,
    mayCreateTopics: boolean,
  ) {
    this.id = id
    this.#mayCreateTopics = mayCreateTopics
    this.#settings = settings
    this.#kafka = kafka
    this.#admin = admin
    this.#connection = connection
    this.#offsets = new KafkaOffsets(connection)
    this.#reader = new KafkaReader({
      connection,
      signal: this.#signal,
      positionBelowStart: settings.positionBelowStart,
      onFailure: (error) => this.#fail(error),
    })
    this.#writers = {
      connection,
      compression: compressionType(settings.compression),
      isTransactional: settings.delivery === 'exactly-once',
      transactionTimeoutMs: settings.transactionTimeoutMs,
      requestTimeoutMs: settings.requestTimeoutMs,
      topicName: (name) => this.#nameOf(name),
      groupId: (group) => `${settings.application}-${group}`,
      offsets: this.#offsets,
      memberCommit: (groupId) => this.#memberCommit(groupId),
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#guard('create topics', async () => {
      const planned = this.#topics.plan(specs)
      await ensureKafkaTopics(this.#admin, this.#settings, specs, this.#mayCreateTopics)
      // A broker that has not heard of a new topic yet says that there is none.
      const names = specs.map(({ name }) => this.#nameOf(name))
      await retryPassing(() => this.#connection.addTopics(names), {
        deadline: performance.now() + TOPIC_KNOWN_WITHIN_MS,
      })
      this.#topics.add(planned)
    })
  }

  topics(): readonly TopicSpec[] {
    return this.#topics.specs()
  }

  append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    return this.#guard('append to the log', async () => {
      const groups = groupByPartition('append to', records, this.#topics)
      if (records.length === 0) return []
      const publication = preparePublication(this.#writers, groups, '', [])
      const appended = this.#lastAppend.then(() => this.#append(publication))
      this.#lastAppend = appended.catch(() => {})
      return appended
    })
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice> {
    checkRead(topic, partition, offset, limit)
    return this.#guard(`read ${topic}/${partition}`, async () =>
      this.#reader.read(this.#find('read', topic, partition), partition, offset, limit),
    )
  }

  startOffset(topic: string, partition: number): Promise<number> {
    return this.#guard(`read the start of ${topic}/${partition}`, async () =>
      this.#offsets.start(this.#find('read', topic, partition), partition),
    )
  }

  endOffset(topic: string, partition: number): Promise<number> {
    return this.#guard(`read the end of ${topic}/${partition}`, async () =>
      this.#offsets.end(this.#find('read', topic, partition), partition),
    )
  }

  openWriter(task: string): Promise<LogWriter> {
    return this.#guard('open a writer of the log', async () => {
      const writer = await KafkaWriter.open(this.#writers, task, `${this.#settings.application}-${task}`)
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
      const groupId = this.#writers.groupId(group)
      const membership = await GroupMembership.join({
        kafka: this.#kafka,
        groupId,
        topic: this.#find('join a group of', topic, 0),
        sessionTimeoutMs: this.#settings.sessionTimeoutMs,
        listener,
        onFailure: (error) => this.#fail(error),
      })
      this.#memberships.set(membership, groupId)
      return {
        held: () => membership.held(),
        leave: async () => {
          this.#memberships.delete(membership)
          await membership.leave()
        },
      }
    })
  }

  committed(group: string, topic: string, partition: number): Promise<number | null> {
    return this.#guard(`read the position of ${group}`, async () =>
      this.#offsets.committed(this.#writers.groupId(group), this.#find('read', topic, partition), partition),
    )
  }

  changed(): Promise<void> {
    return this.#signal.wait()
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  /** What was accepted is finished, as far as the brokers answer in time; then the groups are told, so that others take over at once. */
  async #close(): Promise<void> {
    this.#signal.end()
    this.#reader.close()
    const memberships = [...this.#memberships.keys()].map((membership) => membership.leave())
    await within(CLOSE_WITHIN_MS, [
      this.#lastAppend,
      ...[...this.#open].map((writer) => writer.close()),
      ...memberships,
    ])
    await within(CLOSE_WITHIN_MS, [this.#connection.close(), this.#admin.disconnect()])
  }

  async #append(publication: Publication): Promise<readonly number[]> {
    // One that nobody else can have: an append fences nobody.
    const id = `${this.#settings.application}-append-${randomUUID()}`
    this.#appender ??= KafkaWriter.open(this.#writers, 'an append', id)
    try {
      const offsets = await (await this.#appender).publish(publication)
      this.#signal.fire()
      return offsets
    } catch (error) {
      this.#appender = null
      throw error
    }
  }

  async #commit(writer: KafkaWriter, { group, outputs, positions }: LogTransaction): Promise<number[]> {
    const groups = groupByPartition('commit to', outputs, this.#topics)
    for (const position of positions) {
      checkPosition(group, position)
      this.#find('commit a position of', position.topic, position.partition)
    }
    if (outputs.length === 0 && positions.length === 0) return []
    const offsets = await writer.publish(preparePublication(this.#writers, groups, group, positions))
    this.#signal.fire()
    return offsets
  }

  /** Only a member of a group with members may commit its positions. */
  #memberCommit(groupId: string): ReturnType<KafkaWriterContext['memberCommit']> {
    for (const [membership, joined] of this.#memberships) {
      if (joined === groupId) return (topics) => membership.commit(topics)
    }
    return null
  }

  #nameOf(topic: string): string {
    return kafkaTopicName(this.#settings, topic)
  }

  /** Name in Kafka of a topic that has the partition. */
  #find(action: string, topic: string, partition: number): string {
    return this.#nameOf(this.#topics.find(action, topic, partition).name)
  }

  /** Readers and members stop for good: whatever is asked of the log from now on fails, and nobody waits for ever. */
  #fail(error: unknown): void {
    if (this.#closing !== null) return
    const failure = logFailureOf('go on with Kafka', error)
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
      throw logFailureOf(action, error)
    }
  }
}
