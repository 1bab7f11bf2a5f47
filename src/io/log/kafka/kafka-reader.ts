import { setTimeout } from 'node:timers/promises'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { ChangeSignal } from '../change-signal.ts'
import type { LogSlice } from '../log.ts'
import { DamagedRecordBatch, decodeRecordBatches } from './decode-record-batches.ts'
import { committedRecords } from './drop-aborted.ts'
import { type FetchedPartition, fetchRequest } from './fetch-request.ts'
import type { KafkaConnection } from './kafka-connection.ts'
import { isPassing, KAFKA_CODES, KafkaCodeError, logFailureOf } from './kafka-errors.ts'
import type { PositionBelowStart } from './kafka-settings.ts'
import type { PartitionCursor } from './partition-cursor.ts'
import { PartitionCursors } from './partition-cursors.ts'
import { retryPauseMs } from './retry-passing.ts'

export interface KafkaReaderOptions {
  readonly connection: Pick<KafkaConnection, 'send' | 'leaderOf' | 'offsetOf' | 'refresh'>
  /** Fired when there is something new to read. */
  readonly signal: ChangeSignal
  readonly positionBelowStart: PositionBelowStart
  /** Told when no broker has answered for FAIL_AFTER_MS. */
  readonly onFailure: (error: unknown) => void
}

const MIB = 1024 * 1024
/** A cursor that is new waits for the fetch under way, at most so long. */
const FETCH = { maxWaitMs: 100, maxBytes: 8 * MIB, maxBytesPerPartition: MIB } as const
/** After an answer with less the next fetch waits: records that trickle in are fetched together. */
const SMALL_ANSWER_BYTES = 64 * 1024
/** From one such fetch of a broker to the next. */
const TRICKLE_MS = 40
const FAIL_AFTER_MS = 120_000
/** Until a reader that is ahead of the log asks again. */
const AHEAD_PAUSE_MS = 200

/**
 * Reads committed records of any partition from any offset. One fetch at a time per broker, for the cursors whose
 * partitions it leads; nothing is asked for while nobody reads. kafkajs' consumer is not used: it needs a group, seeks
 * late, and shows aborted records (drop-aborted.ts).
 */
export class KafkaReader {
  readonly #options: KafkaReaderOptions
  readonly #cursors = new PartitionCursors()
  /** Brokers that a fetch is under way to, and that are left alone for a while. */
  readonly #busy = new Set<number>()
  #failures = 0
  #failingSince: number | null = null
  #isClosed = false

  constructor(options: KafkaReaderOptions) {
    this.#options = options
  }

  /** What has been fetched from `offset` on. `topic` is the name in Kafka. */
  read(topic: string, partition: number, offset: number, limit: number): LogSlice {
    const cursor = this.#cursors.at(topic, partition, offset, performance.now())
    if (cursor.failure !== null) {
      this.#cursors.drop(cursor)
      throw cursor.failure
    }
    const slice = cursor.take(limit)
    const leader = this.#options.connection.leaderOf(topic, partition)
    // A broker that is being asked looks for what waits once it has answered.
    if (leader === null || !this.#busy.has(leader)) this.#pump()
    return slice
  }

  close(): void {
    this.#isClosed = true
  }

  /** Begins the fetches that can begin. */
  #pump(): void {
    if (this.#isClosed) return
    const byLeader = new Map<number, PartitionCursor[]>()
    const leaderless: PartitionCursor[] = []
    for (const cursor of this.#cursors.waiting(performance.now())) {
      const leader = this.#options.connection.leaderOf(cursor.topic, cursor.partition)
      if (leader === null) leaderless.push(cursor)
      else
        byLeader
          .set(leader, byLeader.get(leader) ?? [])
          .get(leader)!
          .push(cursor)
    }
    if (leaderless.length > 0) void this.#recover(new KafkaCodeError(KAFKA_CODES.leaderNotAvailable), leaderless)
    for (const [leader, cursors] of byLeader) if (!this.#busy.has(leader)) void this.#fetchFrom(leader, cursors)
  }

  async #fetchFrom(leader: number, waiting: readonly PartitionCursor[]): Promise<void> {
    const alone = waiting.find(({ wantsAlone }) => wantsAlone)
    const cursors = alone ? [alone] : waiting
    this.#busy.add(leader)
    for (const cursor of cursors) cursor.isFetching = true
    const startedMs = performance.now()
    let bytes = 0
    try {
      const request = cursors.map(({ topic, partition, fetchOffset: offset }) => ({ topic, partition, offset }))
      const answers = await this.#options.connection.send(leader, fetchRequest(request, FETCH))
      for (const answer of answers) {
        bytes += answer.records.length
        const cursor = cursors.find(({ topic, partition }) => topic === answer.topic && partition === answer.partition)
        if (cursor) await this.#accept(cursor, answer, cursors.length === 1)
      }
      this.#failures = 0
      this.#failingSince = null
    } catch (error) {
      await this.#recover(error, cursors)
    } finally {
      for (const cursor of cursors) {
        cursor.isFetching = false
        cursor.fetchedAt = performance.now()
      }
    }
    // What failed, or could not be told from an empty answer, is asked for at once.
    const isTrickle =
      bytes > 0 &&
      bytes < SMALL_ANSWER_BYTES &&
      cursors.every(({ failure, wantsAlone }) => failure === null && !wantsAlone)
    const restMs = isTrickle ? TRICKLE_MS - (performance.now() - startedMs) : 0
    if (restMs > 0) await setTimeout(restMs)
    this.#busy.delete(leader)
    this.#pump()
  }

  async #accept(cursor: PartitionCursor, answer: FetchedPartition, wasAlone: boolean): Promise<void> {
    if (answer.errorCode === KAFKA_CODES.offsetOutOfRange) return this.#comeBackIntoRange(cursor)
    if (answer.errorCode !== 0) throw new KafkaCodeError(answer.errorCode)
    try {
      const batches = await decodeRecordBatches(answer.records)
      const last = batches.at(-1)
      if (last === undefined) this.#acceptNothing(cursor, answer, wasAlone)
      else {
        const nextOffset = Math.max(cursor.fetchOffset, last.lastOffset + 1)
        this.#advance(cursor, committedRecords(batches, answer.aborted, cursor.fetchOffset), nextOffset)
      }
    } catch (error) {
      if (!(error instanceof DamagedRecordBatch)) throw error
      const place = `${cursor.topic}/${cursor.partition}@${cursor.fetchOffset}`
      cursor.failure = new LifecycleError('corrupt', `Cannot read ${place}: the batch is damaged, ${error.message}`)
      this.#options.signal.fire()
    }
  }

  /**
   * An empty answer before the end means that the others took all the room, or that compaction has left nothing: only a
   * fetch for this partition alone tells which.
   */
  #acceptNothing(cursor: PartitionCursor, { lastStableOffset, records }: FetchedPartition, wasAlone: boolean): void {
    if (cursor.fetchOffset >= lastStableOffset) return
    if (!wasAlone) cursor.wantsAlone = true
    else if (records.length > 0) throw new DamagedRecordBatch('it is longer than the answer')
    else this.#advance(cursor, [], lastStableOffset)
  }

  #advance(cursor: PartitionCursor, ...[records, nextOffset]: Parameters<PartitionCursor['add']>): void {
    cursor.wantsAlone = false
    if (nextOffset === cursor.fetchOffset) return
    cursor.add(records, nextOffset)
    this.#options.signal.fire()
  }

  async #comeBackIntoRange(cursor: PartitionCursor): Promise<void> {
    const { connection, positionBelowStart, signal } = this.#options
    const { topic, partition, fetchOffset } = cursor
    const start = await connection.offsetOf(topic, partition, true)
    if (fetchOffset >= start) {
      this.#wait(cursor, AHEAD_PAUSE_MS)
    } else if (fetchOffset === 0 || positionBelowStart === 'earliest') {
      this.#advance(cursor, [], start)
    } else if (positionBelowStart === 'latest') {
      this.#advance(cursor, [], await connection.offsetOf(topic, partition, false))
    } else {
      const state = `the topic begins at ${start}, what lies before has been deleted`
      cursor.failure = new LifecycleError(
        'position-below-start',
        `Cannot read ${topic}/${partition}@${fetchOffset}: ${state}`,
      )
      signal.fire()
    }
  }

  /** Errors of the cluster pass or end the log; any other is told to who reads. */
  async #recover(failure: unknown, cursors: readonly PartitionCursor[]): Promise<void> {
    if (this.#isClosed) return
    if (!isPassing(failure)) {
      for (const cursor of cursors) cursor.failure = logFailureOf(`read ${cursor.topic}/${cursor.partition}`, failure)
      this.#options.signal.fire()
      return
    }
    this.#failingSince ??= performance.now()
    if (performance.now() - this.#failingSince > FAIL_AFTER_MS) this.#options.onFailure(failure)
    const pauseMs = retryPauseMs(failure, this.#failures++)
    for (const cursor of cursors) this.#wait(cursor, pauseMs)
    await this.#options.connection.refresh().catch(() => {})
  }

  #wait(cursor: PartitionCursor, pauseMs: number): void {
    cursor.notBefore = performance.now() + pauseMs
    void setTimeout(pauseMs + 1, null, { ref: false }).then(() => this.#pump())
  }
}
