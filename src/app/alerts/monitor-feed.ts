import type { Offset, SourcePosition } from '../../core/contracts/ids.ts'
import type { Observation } from '../../core/alerts/observation.ts'
import type { Log, LogSlice, ReadRecord } from '../../io/log/log.ts'
import { readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { breathe } from '../breathe.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import { readInput } from '../tracker/read-input.ts'
import { shadowOf } from '../trainer/shadow-header.ts'

/** Records of one read. */
export const MONITOR_CHUNK = 2000

/** Where the feed stands: next offset by `topic/partition`, newest event time by partition of interactions. */
export interface FeedState {
  readonly positions: Record<string, number>
  readonly streamTimes: Record<string, number>
}

export function emptyFeedState(): FeedState {
  return { positions: {}, streamTimes: {} }
}

/** Takes an observation over; `source` is the record behind it. */
export type Observe = (observation: Observation, source: SourcePosition) => void

/** Topics with what the tracker says of its input; predictions come at the ranker's own pace. */
const OUTPUTS = [TOPICS.stageTransitions, TOPICS.userStates, TOPICS.deadLetters] as const

/** Records that have been read and not handed on, and where to read on. */
interface Ahead {
  records: ReadRecord[]
  nextOffset: number
}

/** Stream time of a partition at each offset of a chunk of its input. */
interface ChunkTimes {
  readonly from: number
  readonly times: readonly number[]
}

/**
 * The topics as observations. Interactions are read up to where the tracker has committed, and with each chunk of them
 * what the tracker has said of that chunk. So the order of the observations, and what the clock has passed, do not depend
 * on how much is there at a time.
 */
export class MonitorFeed {
  readonly state: FeedState
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly group: string
  private readonly chunk: number
  private readonly ahead = new Map<string, Ahead>()

  constructor(
    log: Log,
    codecs: RecordCodecs,
    state: FeedState = emptyFeedState(),
    { group = TRACKER_GROUP, chunk = MONITOR_CHUNK }: { readonly group?: string; readonly chunk?: number } = {},
  ) {
    this.log = log
    this.codecs = codecs
    this.state = state
    this.group = group
    this.chunk = chunk
  }

  /** Hands the next records on, then the clock. Returns how many records there were. */
  async follow(observe: Observe): Promise<number> {
    let read = await this.followPredictions(observe)
    for (let partition = 0; partition < this.partitionCount(); partition++) {
      read += await this.followPartition(partition, observe)
    }
    const clock = this.clock()
    if (read > 0 && clock > 0) {
      observe({ kind: 'clock', timeMs: clock }, this.positionOf(TOPICS.interactions, 0))
    }
    return read
  }

  /** Event time that every partition with input has come to; 0 before the first. */
  clock(): number {
    const times = Object.values(this.state.streamTimes)
    return times.length > 0 ? Math.min(...times) : 0
  }

  positionOf(topic: string, partition: number): SourcePosition {
    return { topic, partition, offset: this.next(topic, partition) as Offset }
  }

  private async followPartition(partition: number, observe: Observe): Promise<number> {
    const committed = (await this.log.committed(this.group, TOPICS.interactions, partition)) ?? 0
    const from = await this.start(TOPICS.interactions, partition)
    if (from >= committed) return 0
    const limit = Math.min(this.chunk, committed - from)
    const slice = await this.log.read(TOPICS.interactions, partition, from, limit)
    if (slice.nextOffset === from) return 0
    await this.codecs.interaction.prepare(slice.records.map(({ value }) => value))
    const chunk = await this.observeInput(slice, from, partition, observe)
    // Outputs and position were committed together: all that was said of the chunk can be read.
    let read = slice.records.length
    for (const topic of OUTPUTS) {
      read += await this.followOutput(topic, partition, slice.nextOffset, chunk, observe)
    }
    this.state.positions[`${TOPICS.interactions}/${partition}`] = slice.nextOffset
    return read
  }

  private async observeInput(
    { records }: LogSlice,
    from: number,
    partition: number,
    observe: Observe,
  ): Promise<ChunkTimes> {
    const times: number[] = []
    for (const record of records) {
      await breathe()
      const item = readInput(record, this.codecs)
      const source = { topic: TOPICS.interactions, partition, offset: record.offset as Offset }
      if (item.kind === 'advance') this.advance(partition, item.timeMs)
      if (item.kind === 'interaction') {
        const { eventTime: timeMs, type, outcomes = {} } = item.interaction
        this.advance(partition, timeMs)
        observe({ kind: 'input', timeMs, lateMs: this.state.streamTimes[partition] - timeMs, type, outcomes }, source)
      }
      times[record.offset - from] = this.state.streamTimes[partition] ?? 0
    }
    return { from, times }
  }

  /** What was said of the input before `end`. */
  private async followOutput(
    topic: (typeof OUTPUTS)[number],
    partition: number,
    end: number,
    chunk: ChunkTimes,
    observe: Observe,
  ): Promise<number> {
    const name = `${topic}/${partition}`
    let read = 0
    for (;;) {
      const ahead = this.ahead.get(name) ?? { records: [], nextOffset: await this.start(topic, partition) }
      this.ahead.set(name, ahead)
      if (ahead.records.length === 0) {
        const slice = await this.log.read(topic, partition, ahead.nextOffset, this.chunk)
        if (slice.nextOffset === ahead.nextOffset) return read
        ahead.records = slice.records.toReversed()
        ahead.nextOffset = slice.nextOffset
      }
      for (let record = ahead.records.at(-1); record; record = ahead.records.at(-1)) {
        const { observation, inputOffset } = this.decode(topic, record, chunk)
        if (inputOffset >= end) return read
        await breathe()
        if (observation) observe(observation, { topic, partition, offset: record.offset as Offset })
        ahead.records.pop()
        this.state.positions[name] = record.offset + 1
        read++
      }
      this.state.positions[name] = ahead.nextOffset
    }
  }

  /** What a record says, and of which input; tombstones say nothing, of any. */
  private decode(
    topic: (typeof OUTPUTS)[number],
    { value, headers }: ReadRecord,
    { from, times }: ChunkTimes,
  ): { readonly observation: Observation | null; readonly inputOffset: number } {
    const nothing = { observation: null, inputOffset: -1 }
    if (topic === TOPICS.deadLetters) {
      const origin = readDeadLetter(value, headers)?.letter.origin ?? ''
      const inputOffset = Number(/@(\d+)$/.exec(origin)?.[1] ?? -1)
      // A letter of ingest, of a file, is of no input here.
      if (inputOffset < from) return nothing
      return { observation: { kind: 'dead-letter', timeMs: times[inputOffset - from] ?? 0 }, inputOffset }
    }
    if (!value) return nothing
    if (topic === TOPICS.userStates) {
      const state = this.codecs.userState.decodeOwn(value)
      return { observation: { kind: 'state', state }, inputOffset: state.source.offset }
    }
    const transition = this.codecs.stageTransition.decodeOwn(value)
    return { observation: { kind: 'transition', transition }, inputOffset: transition.source.offset }
  }

  private async followPredictions(observe: Observe): Promise<number> {
    const topic = TOPICS.predictions
    const slice = await this.log.read(topic, 0, await this.start(topic, 0), this.chunk)
    for (const { value, headers, offset } of slice.records) {
      await breathe()
      if (!value || shadowOf(headers) !== undefined) continue
      const prediction = this.codecs.prediction.decodeOwn(value)
      observe({ kind: 'prediction', prediction }, { topic, partition: 0, offset: offset as Offset })
    }
    this.state.positions[`${topic}/0`] = Math.max(this.next(topic, 0), slice.nextOffset)
    return slice.records.length
  }

  private advance(partition: number, timeMs: number): void {
    this.state.streamTimes[partition] = Math.max(this.state.streamTimes[partition] ?? 0, timeMs)
  }

  private next(topic: string, partition: number): number {
    return this.state.positions[`${topic}/${partition}`] ?? 0
  }

  /** Retention may have taken the records at the position away. */
  private async start(topic: string, partition: number): Promise<number> {
    return Math.max(this.next(topic, partition), await this.log.startOffset(topic, partition))
  }

  private partitionCount(): number {
    return this.log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
  }
}
