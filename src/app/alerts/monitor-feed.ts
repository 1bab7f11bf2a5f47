import type { Offset, SourcePosition } from '../../core/contracts/ids.ts'
import type { Observation } from '../../core/alerts/observation.ts'
import type { Log, LogSlice } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import { readInput } from '../tracker/read-input.ts'
import { shadowOf } from '../trainer/shadow-header.ts'

/** Records of one read. */
const CHUNK = 2000

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

/** Topics with what the tracker says, in step with its input; predictions come at the ranker's own pace. */
const OUTPUTS = [TOPICS.stageTransitions, TOPICS.userStates, TOPICS.deadLetters] as const

/**
 * The topics as observations. Interactions are read up to where the tracker has committed, and its outputs with them,
 * so that the clock passes nothing that is still on its way.
 */
export class MonitorFeed {
  readonly state: FeedState
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly group: string

  constructor(log: Log, codecs: RecordCodecs, state: FeedState = emptyFeedState(), group = TRACKER_GROUP) {
    this.log = log
    this.codecs = codecs
    this.state = state
    this.group = group
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
    // First the input's end, then the outputs': they were committed together, so nothing of it is missing in them.
    const committed = (await this.log.committed(this.group, TOPICS.interactions, partition)) ?? 0
    let read = await this.followInput(partition, committed, observe)
    const isCaughtUp = this.next(TOPICS.interactions, partition) >= committed
    for (const topic of OUTPUTS) read += await this.followOutput(topic, partition, isCaughtUp, observe)
    return read
  }

  private async followInput(partition: number, committed: number, observe: Observe): Promise<number> {
    const from = await this.start(TOPICS.interactions, partition)
    if (from >= committed) return 0
    const slice = await this.log.read(TOPICS.interactions, partition, from, Math.min(CHUNK, committed - from))
    await this.codecs.interaction.prepare(slice.records.map(({ value }) => value))
    for (const record of slice.records) {
      const item = readInput(record, this.codecs)
      const source = { topic: TOPICS.interactions, partition, offset: record.offset as Offset }
      if (item.kind === 'advance') this.advance(partition, item.timeMs)
      if (item.kind !== 'interaction') continue
      const { eventTime: timeMs, type, outcomes = {} } = item.interaction
      this.advance(partition, timeMs)
      observe({ kind: 'input', timeMs, lateMs: this.state.streamTimes[partition] - timeMs, type, outcomes }, source)
    }
    return this.moveOn(TOPICS.interactions, partition, slice)
  }

  /** One chunk while the input has more, else all there is: the clock must not overtake the outputs. */
  private async followOutput(topic: string, partition: number, all: boolean, observe: Observe): Promise<number> {
    let read = 0
    for (;;) {
      const slice = await this.log.read(topic, partition, await this.start(topic, partition), CHUNK)
      for (const { key, value, offset, timestamp } of slice.records) {
        const source = { topic, partition, offset: offset as Offset }
        if (topic === TOPICS.deadLetters) observe({ kind: 'dead-letter', timeMs: timestamp }, source)
        else if (key && value) observe(this.decode(topic, value), source)
      }
      const count = this.moveOn(topic, partition, slice)
      read += count
      if (count === 0 || !all) return read
    }
  }

  private decode(topic: string, value: Uint8Array): Observation {
    return topic === TOPICS.stageTransitions
      ? { kind: 'transition', transition: this.codecs.stageTransition.decodeOwn(value) }
      : { kind: 'state', state: this.codecs.userState.decodeOwn(value) }
  }

  private async followPredictions(observe: Observe): Promise<number> {
    const topic = TOPICS.predictions
    const slice = await this.log.read(topic, 0, await this.start(topic, 0), CHUNK)
    for (const { value, headers, offset } of slice.records) {
      if (!value || shadowOf(headers) !== undefined) continue
      const prediction = this.codecs.prediction.decodeOwn(value)
      observe({ kind: 'prediction', prediction }, { topic, partition: 0, offset: offset as Offset })
    }
    return this.moveOn(topic, 0, slice)
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

  private moveOn(topic: string, partition: number, { records, nextOffset }: LogSlice): number {
    this.state.positions[`${topic}/${partition}`] = Math.max(this.next(topic, partition), nextOffset)
    return records.length
  }

  private partitionCount(): number {
    return this.log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
  }
}
