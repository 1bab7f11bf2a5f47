import { setImmediate } from 'node:timers/promises'
import { LifecycleError } from '../core/contracts/lifecycle-error.ts'
import type { UserStateRecord } from '../core/contracts/user-state-record.ts'
import type { KafkaSettings } from '../io/log/kafka/kafka-settings.ts'
import { KafkaTopic } from '../io/log/kafka/kafka-topic.ts'
import { LogEnds } from '../io/log/log-ends.ts'
import type { ReadRecord } from '../io/log/log.ts'
import { localSchemas } from '../io/schemas/local-schemas.ts'
import { USER_STATE_MAPPING } from '../io/schemas/mappings/user-state-mapping.ts'
import { createRecordCodec, type RecordCodec } from '../io/schemas/record-codec.ts'
import { keepConnected } from './keep-connected.ts'
import { Arrival } from './arrival.ts'
import { publishedStateOf } from './published-state.ts'
import { RESTART_AFTER_MS } from './restart-after.ts'
import type { StateSink, StateSource } from './state-source.ts'
import type { KafkaStates } from './states-origin.ts'

const TOPIC = 'user-states'
/** Records decoded in one go, some ms. */
const CHUNK = 500
const IDLE_MS = 200
const MADE_ANEW_AFTER_MS = 5_000

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Reads user-states from the beginning, then follows it; goes on where it was after a connection is lost. */
export class KafkaStateSource implements StateSource {
  readonly #options: KafkaStates
  readonly #topicName: string
  /** Next offset by partition; empty before the first read and after a restart. */
  #positions = new Map<number, number>()
  #completeAtMs = Date.now()
  /** On performance.now's clock. */
  #aheadSince: number | null = null
  #codec: RecordCodec<UserStateRecord> | null = null

  constructor(options: KafkaStates) {
    this.#options = options
    const { prefix = 'stan-lifecycle.', topic = prefix + TOPIC } = options
    this.#topicName = topic
  }

  run(sink: StateSink, signal: AbortSignal): Promise<void> {
    return keepConnected((connected) => this.#connect(connected, sink, signal), sink, signal)
  }

  async #connect(connected: () => void, sink: StateSink, signal: AbortSignal): Promise<void> {
    this.#codec ??= await openCodec(this.#options, this.#topicName)
    const topic = await KafkaTopic.open(settingsOf(this.#options), this.#topicName, SILENT)
    try {
      connected()
      await this.#begin(topic, sink)
      await this.#follow(topic, this.#codec, sink, signal)
    } catch (error) {
      // The next connection reads from the beginning.
      if (error instanceof LifecycleError && error.code === 'position-below-start') this.#restart(sink)
      throw error
    } finally {
      await topic.close()
    }
  }

  /** The positions to go on from. A topic that was emptied or made anew is read from its beginning. */
  async #begin(topic: KafkaTopic, sink: StateSink): Promise<void> {
    const isLate = Date.now() - this.#completeAtMs > RESTART_AFTER_MS
    if (this.#positions.size > 0) {
      const starts = await this.#offsetsOf(topic, (partition) => topic.startOffset(partition))
      const ends = await this.#offsetsOf(topic, (partition) => topic.endOffset(partition))
      const isOutside = [...this.#positions].some(([p, at]) => at < (starts.get(p) ?? 0) || at > (ends.get(p) ?? 0))
      if (isLate || isOutside) this.#restart(sink)
    }
    if (this.#positions.size === 0) {
      this.#positions = await this.#offsetsOf(topic, (partition) => topic.startOffset(partition))
    }
  }

  #restart(sink: StateSink): void {
    this.#positions.clear()
    this.#aheadSince = null
    this.#completeAtMs = Date.now()
    sink.restart()
  }

  async #follow(
    topic: KafkaTopic,
    codec: RecordCodec<UserStateRecord>,
    sink: StateSink,
    signal: AbortSignal,
  ): Promise<void> {
    const topicEnds = new LogEnds(() => this.#askForEnds(topic))
    const arrival = new Arrival(topic)
    while (!signal.aborted) {
      const ends = topicEnds.look()
      arrival.begin()
      let hasMoved = false
      for (const partition of topic.partitions) {
        const { records, nextOffset } = topic.read(partition, this.#positions.get(partition)!, CHUNK)
        if (nextOffset === this.#positions.get(partition)) continue
        await codec.prepare(records.map(({ value }) => value))
        for (const record of records) this.#tell(record, partition, codec, sink)
        this.#positions.set(partition, nextOffset)
        hasMoved = true
        await setImmediate()
        if (signal.aborted) return
      }
      if (ends && [...ends.offsets].every(([partition, end]) => this.#positions.get(partition)! >= end)) {
        topicEnds.reached()
        // The latter: a process that slept, on a connection that did not notice.
        if (this.#isMadeAnew() || ends.atMs - this.#completeAtMs > RESTART_AFTER_MS) return this.#restart(sink)
        if (this.#aheadSince === null) {
          this.#completeAtMs = ends.atMs
          sink.complete(ends.atMs)
        }
      }
      if (!hasMoved) await arrival.wait(IDLE_MS, signal)
    }
  }

  /** The ends of the partitions. Notes since when they lie before what has been read already. */
  async #askForEnds(topic: KafkaTopic): Promise<Map<number, number>> {
    const read = new Map(this.#positions)
    const ends = await this.#offsetsOf(topic, (partition) => topic.endOffset(partition))
    const isAhead = [...ends].some(([partition, end]) => end < (read.get(partition) ?? 0))
    this.#aheadSince = isAhead ? (this.#aheadSince ?? performance.now()) : null
    return ends
  }

  /** A new leader may not know its end for a moment; a topic that was deleted and made anew has lost it. */
  #isMadeAnew(): boolean {
    return this.#aheadSince !== null && performance.now() - this.#aheadSince > MADE_ANEW_AFTER_MS
  }

  #tell({ key, value, offset }: ReadRecord, partition: number, codec: RecordCodec<UserStateRecord>, sink: StateSink) {
    const origin = `${this.#topicName}/${partition}@${offset}`
    if (key === null) return sink.reject({ userId: null, origin, reason: 'the record has no key' })
    const userId = Buffer.from(key).toString()
    if (value === null) return sink.erase(userId)
    const decoded = codec.decode(value)
    if (decoded.kind === 'rejection') return sink.reject({ userId, origin, reason: decoded.reason })
    if (decoded.record.userId === userId) return sink.put(publishedStateOf(decoded.record))
    sink.reject({ userId, origin, reason: 'the key names another user than the record' })
  }

  async #offsetsOf(topic: KafkaTopic, ask: (partition: number) => Promise<number>): Promise<Map<number, number>> {
    const { partitions } = topic
    const offsets = await Promise.all(partitions.map(ask))
    return new Map(partitions.map((partition, index) => [partition, offsets[index]]))
  }
}

/** Ids of the local table, or of a registry, which is loaded only where it is used. */
async function openCodec({ schemaRegistry }: KafkaStates, topic: string): Promise<RecordCodec<UserStateRecord>> {
  if (!schemaRegistry) return createRecordCodec(USER_STATE_MAPPING, localSchemas())
  const { openUserStateRegistry } = await import('./open-user-state-registry.ts')
  return createRecordCodec(USER_STATE_MAPPING, await openUserStateRegistry(schemaRegistry, topic))
}

function settingsOf({ brokers, clientId = 'stan-lifecycle-client', tls, sasl }: KafkaStates): KafkaSettings {
  return {
    brokers,
    clientId,
    tls: tls ? { caFile: null, certFile: null, keyFile: null, rejectUnauthorized: true, ...tls } : null,
    sasl: sasl ?? null,
    connectionTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    // What only writers and groups use.
    application: clientId,
    prefix: '',
    topics: {},
    delivery: 'exactly-once',
    positionBelowStart: 'fail',
    compression: 'none',
    sessionTimeoutMs: 45_000,
    transactionTimeoutMs: 60_000,
    replicationFactor: 1,
    minInSyncReplicas: 1,
    retentionMs: null,
  }
}
