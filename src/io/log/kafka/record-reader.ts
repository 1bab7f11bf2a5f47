import { randomUUID } from 'node:crypto'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import type { ChangeSignal } from '../change-signal.ts'
import type { LogSlice } from '../log.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { recordOf } from './kafka-records.ts'
import { PartitionBuffer } from './partition-buffer.ts'

export interface ReaderOptions {
  readonly kafka: Kafka
  readonly groupPrefix: string
  /** Partition counts of the topics, by their names in Kafka. */
  readonly topics: ReadonlyMap<string, number>
  readonly sessionTimeoutMs: number
  readonly signal: ChangeSignal
  /** Told when the consumer has stopped for good. */
  readonly onFailure: (error: unknown) => void
}

/** A partition that is asked for again waits at most so long for the fetch under way. */
const MAX_WAIT_MS = 50
const MIB = 1024 * 1024

interface Partition {
  readonly topic: string
  readonly partition: number
  buffer: PartitionBuffer
  paused: boolean
  /** Fetches that every node had begun when the position was set; what was fetched in them is of the old position. */
  stale: ReadonlyMap<string, number> | null
}

/**
 * Reads any partition from any offset. kafkajs has no consumer without a group and none that is asked for records; so
 * this one is alone in a group of its own, has every partition, and fetches those that are being read into buffers.
 */
export class RecordReader {
  readonly #options: ReaderOptions
  readonly #consumer: Consumer
  readonly #partitions = new Map<string, Partition>()
  /** Fetches begun, by node. */
  readonly #fetches = new Map<string, number>()
  #joined = false

  private constructor(options: ReaderOptions) {
    this.#options = options
    this.#consumer = options.kafka.consumer({
      groupId: `${options.groupPrefix}${randomUUID()}`,
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, options.sessionTimeoutMs / 3),
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: 2 * MIB,
      maxBytes: 16 * MIB,
      readUncommitted: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30, restartOnFailure: async () => false },
    })
  }

  static async open(options: ReaderOptions): Promise<RecordReader> {
    const reader = new RecordReader(options)
    await reader.#start()
    return reader
  }

  /** What has been fetched from an offset on; a read from elsewhere than where the last one ended seeks first. */
  read(topic: string, partition: number, offset: number, limit: number): LogSlice {
    const found = this.#partitions.get(idOf(topic, partition))
    if (found?.buffer.from !== offset) {
      this.#follow(topic, partition, offset)
      return { records: [], nextOffset: offset }
    }
    const slice = found.buffer.take(limit)
    if (found.paused && found.buffer.isHalfEmpty) {
      found.paused = false
      this.#consumer.resume([{ topic, partitions: [partition] }])
    }
    return slice
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect().catch(() => {})
  }

  async #start(): Promise<void> {
    const { GROUP_JOIN, FETCH_START, END_BATCH_PROCESS, CRASH } = this.#consumer.events
    const joined = new Promise<void>((resolve, reject) => {
      this.#consumer.on(GROUP_JOIN, () => {
        this.#onJoin()
        resolve()
      })
      this.#consumer.on(CRASH, ({ payload: { error } }) => {
        reject(kafkaFailure('read from Kafka', error) as Error)
        if (this.#joined) this.#options.onFailure(error)
      })
    })
    joined.catch(() => {})
    this.#consumer.on(FETCH_START, ({ payload }) => {
      const node = String((payload as { nodeId?: unknown }).nodeId)
      this.#fetches.set(node, (this.#fetches.get(node) ?? 0) + 1)
    })
    // Comes for fetches of marks alone as well, which eachBatch never sees.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
      const found = this.#partitions.get(idOf(topic, partition))
      if (!found || !this.#isFresh(found)) return
      found.buffer.add([], Number(lastOffset) + 1)
      this.#options.signal.fire()
    })
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#options.topics.keys()], fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 8,
      eachBatch: async (payload) => this.#take(payload),
    })
    await joined
    this.#joined = true
  }

  /** Before anything is fetched: only what somebody reads is fetched, from where they read. */
  #onJoin(): void {
    for (const [topic, count] of this.#options.topics) {
      this.#consumer.pause([{ topic, partitions: Array.from({ length: count }, (_, partition) => partition) }])
    }
    for (const found of this.#partitions.values()) this.#seek(found, found.buffer.next)
  }

  #follow(topic: string, partition: number, offset: number): void {
    const id = idOf(topic, partition)
    let found = this.#partitions.get(id)
    if (!found) {
      found = { topic, partition, buffer: new PartitionBuffer(offset), paused: false, stale: null }
      this.#partitions.set(id, found)
    } else found.buffer = new PartitionBuffer(offset)
    this.#seek(found, offset)
  }

  #seek(found: Partition, offset: number): void {
    const { topic, partition } = found
    found.stale = new Map(this.#fetches)
    found.paused = false
    this.#consumer.seek({ topic, partition, offset: String(offset) })
    this.#consumer.resume([{ topic, partitions: [partition] }])
  }

  async #take({ batch, isStale, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    const found = this.#partitions.get(idOf(topic, partition))
    if (!found || isStale() || !this.#isFresh(found)) return
    found.buffer.add(batch.messages.map(recordOf), Number(batch.lastOffset()) + 1)
    if (found.buffer.isFull && !found.paused) {
      found.paused = true
      this.#consumer.pause([{ topic, partitions: [partition] }])
    }
    this.#options.signal.fire()
    await heartbeat()
  }

  /** Whether what arrives now was fetched after the last seek: each node has begun a fetch since. */
  #isFresh(found: Partition): boolean {
    if (found.stale === null) return true
    for (const [node, count] of this.#fetches) if (count <= (found.stale.get(node) ?? 0)) return false
    found.stale = null
    return true
  }
}

function idOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
