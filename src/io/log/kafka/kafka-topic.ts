import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { ChangeSignal } from '../change-signal.ts'
import type { LogSlice } from '../log.ts'
import { READ_REQUESTS } from './broker-versions.ts'
import { connectKafka, type KafkaLogger } from './connect-kafka.ts'
import { KafkaConnection } from './kafka-connection.ts'
import { codeOf, KAFKA_CODES, logFailureOf } from './kafka-errors.ts'
import { KafkaOffsets } from './kafka-offsets.ts'
import { KafkaReader } from './kafka-reader.ts'
import type { KafkaSettings } from './kafka-settings.ts'
import { retryPassing } from './retry-passing.ts'
import { within } from './within.ts'

const CLOSE_WITHIN_MS = 4_000
const TOPIC_KNOWN_WITHIN_MS = 10_000

/**
 * One topic of a Kafka cluster, for reading only: it joins no group, writes nothing, and needs the rights to read and
 * to describe the topic. Committed records alone are shown.
 */
export class KafkaTopic {
  readonly name: string
  readonly partitions: readonly number[]
  readonly #connection: KafkaConnection
  readonly #offsets: KafkaOffsets
  readonly #reader: KafkaReader
  readonly #signal = new ChangeSignal()
  #failure: unknown = null

  private constructor(name: string, connection: KafkaConnection) {
    this.name = name
    this.partitions = connection.partitionsOf(name)
    this.#connection = connection
    this.#offsets = new KafkaOffsets(connection)
    this.#reader = new KafkaReader({
      connection,
      signal: this.#signal,
      positionBelowStart: 'fail',
      onFailure: (error) => {
        this.#failure ??= logFailureOf(`go on with ${name}`, error)
        this.#signal.end()
      },
    })
  }

  /**
   * Throws LifecycleError `broker-unreachable`, `broker-refused`, `broker-version`, `unreadable-file`, and
   * `unknown-topic`.
   */
  static async open(settings: KafkaSettings, name: string, logger: KafkaLogger): Promise<KafkaTopic> {
    const connection = new KafkaConnection(await connectKafka(settings, logger, READ_REQUESTS))
    try {
      await connection.connect()
      await retryPassing(() => connection.addTopics([name]), { deadline: performance.now() + TOPIC_KNOWN_WITHIN_MS })
      return new KafkaTopic(name, connection)
    } catch (error) {
      await within(CLOSE_WITHIN_MS, [connection.close()])
      if (codeOf(error) !== KAFKA_CODES.unknownTopic) throw logFailureOf(`read ${name}`, error)
      throw new LifecycleError('unknown-topic', `Cannot read ${name}: there is no such topic`, { cause: error })
    }
  }

  /** As Log.read: up to `limit` records from `offset` on, none where none has been fetched yet; never waits. */
  read(partition: number, offset: number, limit: number): LogSlice {
    this.#check()
    return this.#reader.read(this.name, partition, offset, limit)
  }

  /** Offset of the first record that is kept. */
  startOffset(partition: number): Promise<number> {
    return this.#guard(() => this.#offsets.start(this.name, partition))
  }

  /** Offset up to which records can be read. */
  endOffset(partition: number): Promise<number> {
    return this.#guard(() => this.#offsets.end(this.name, partition))
  }

  /** As Log.changed: take it before the read that finds nothing. */
  changed(): Promise<void> {
    return this.#signal.wait()
  }

  async close(): Promise<void> {
    this.#signal.end()
    this.#reader.close()
    await within(CLOSE_WITHIN_MS, [this.#connection.close()])
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    this.#check()
    try {
      return await work()
    } catch (error) {
      throw logFailureOf(`read ${this.name}`, error)
    }
  }
}
