import type { Rejection } from '../../core/contracts/rejection.ts'
import type { UserId } from '../../core/contracts/ids.ts'
import { LogEnds } from '../../io/log/log-ends.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import type { Decoded } from '../../io/schemas/record-codec.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { StopFlag } from '../stop-flag.ts'
import { TOPICS } from '../topics.ts'
import { alertJson } from './operations-report-routes.ts'
import { ProblemError } from './problem.ts'
import { stateJson, transitionJson } from './state-json.ts'

export const FEEDS = ['states', 'transitions', 'alerts'] as const
export type FeedName = (typeof FEEDS)[number]

const TOPIC_OF: Readonly<Record<FeedName, string>> = {
  states: TOPICS.userStates,
  transitions: TOPICS.stageTransitions,
  alerts: TOPICS.lifecycleAlerts,
}
/** Another process may publish: this one's log does not hear of that. */
const POLL_MS = 200
const EVENT_OF: Readonly<Record<FeedName, string>> = { states: 'state', transitions: 'transition', alerts: 'alert' }
/** Records read at a time from each partition. */
const CHUNK = 200

const decoder = new TextDecoder()

export interface FeedOptions {
  readonly topics: readonly FeedName[]
  readonly userId?: UserId
  readonly embedding: boolean
  /** Whether to say, each time that the end of the topics has been reached, of when that is. */
  readonly freshness: boolean
  /** Where to begin without positions. */
  readonly from: 'start' | 'end'
  /** Next offset by feed and partition, of an earlier id. */
  readonly positions: ReadonlyMap<string, number> | null
}

/**
 * Published records as server-sent events, in the order of each partition. The id of an event says where every
 * partition goes on behind it, so a client that comes back with it misses nothing and gets nothing twice.
 */
export class EventFeed {
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly options: FeedOptions
  private readonly positions: Map<string, number>
  private readonly flag = new StopFlag()
  private readonly ends: LogEnds<string>

  private constructor(log: Log, codecs: RecordCodecs, options: FeedOptions, positions: Map<string, number>) {
    this.log = log
    this.codecs = codecs
    this.options = options
    this.positions = positions
    this.ends = new LogEnds(() => this.askForEnds())
  }

  /** Throws a problem for an id of a log with other partitions. */
  static async open(log: Log, codecs: RecordCodecs, options: FeedOptions): Promise<EventFeed> {
    const positions = new Map<string, number>()
    for (const feed of options.topics) {
      for (let partition = 0; partition < partitionCount(log, feed); partition++) {
        const name = nameOf(feed, partition)
        const start = await log.startOffset(TOPIC_OF[feed], partition)
        const end = await log.endOffset(TOPIC_OF[feed], partition)
        const held = options.positions?.get(name)
        if (held !== undefined && held > end) {
          throw new ProblemError(400, 'Last-Event-ID is of another log: it lies behind the end of this one')
        }
        positions.set(name, Math.max(start, held ?? (options.from === 'start' ? start : end)))
      }
    }
    return new EventFeed(log, codecs, options, positions)
  }

  get stopped(): boolean {
    return this.flag.stopped
  }

  stop(): void {
    this.flag.stop()
  }

  /** The next events as text; empty when none came within `waitMs`. */
  async next(waitMs: number): Promise<string> {
    const untilMs = performance.now() + waitMs
    while (!this.flag.stopped) {
      const changed = this.log.changed()
      const events = (await this.read()) + this.freshness()
      if (events !== '') return events
      const leftMs = untilMs - performance.now()
      if (leftMs <= 0) return ''
      await this.flag.waitFor(changed, Math.min(leftMs, POLL_MS))
    }
    return ''
  }

  /** Everything that had been published so many seconds ago has been sent; empty where that is not known anew. */
  private freshness(): string {
    const ends = this.options.freshness ? this.ends.look() : null
    if (!ends || [...ends.offsets].some(([name, end]) => this.positions.get(name)! < end)) return ''
    this.ends.reached()
    return `event: freshness\ndata: ${JSON.stringify({ lagSeconds: (Date.now() - ends.atMs) / 1000 })}\n\n`
  }

  private async askForEnds(): Promise<ReadonlyMap<string, number>> {
    const offsets = new Map<string, number>()
    for (const feed of this.options.topics) {
      for (let partition = 0; partition < partitionCount(this.log, feed); partition++) {
        offsets.set(nameOf(feed, partition), await this.log.endOffset(TOPIC_OF[feed], partition))
      }
    }
    return offsets
  }

  private async read(): Promise<string> {
    const events: string[] = []
    for (const feed of this.options.topics) {
      for (let partition = 0; partition < partitionCount(this.log, feed); partition++) {
        const name = nameOf(feed, partition)
        const slice = await this.log.read(TOPIC_OF[feed], partition, this.positions.get(name)!, CHUNK)
        for (const record of slice.records) {
          const event = this.eventOf(feed, record)
          this.positions.set(name, record.offset + 1)
          if (event) events.push(`event: ${event.name}\nid: ${this.id()}\ndata: ${JSON.stringify(event.data)}\n\n`)
        }
        this.positions.set(name, slice.nextOffset)
      }
    }
    return events.join('')
  }

  /** Null for what was not asked for. */
  private eventOf(feed: FeedName, { key, value }: ReadRecord): { name: string; data: unknown } | null {
    const { userId, embedding } = this.options
    const about = key === null ? null : decoder.decode(key)
    if (userId !== undefined && about !== userId) return null
    if (value === null) return feed === 'states' ? { name: 'erased', data: { userId: about } } : null
    const decoded = this.decode(feed, value)
    // One record that is damaged must not end the stream there for everybody, each time they come back.
    if (decoded.kind === 'rejection') {
      return { name: 'unreadable', data: { topic: feed, userId: about, reason: decoded.reason } }
    }
    return {
      name: EVENT_OF[feed],
      data: { ...(feed === 'transitions' && { userId: about }), ...decoded.json(embedding) },
    }
  }

  private decode(feed: FeedName, value: Uint8Array): Rejection | { kind: 'record'; json: ToJson } {
    switch (feed) {
      case 'states':
        return withJson(this.codecs.userState.decode(value), stateJson)
      case 'transitions':
        return withJson(this.codecs.stageTransition.decode(value), transitionJson)
      case 'alerts':
        return withJson(this.codecs.lifecycleAlert.decode(value), alertJson)
    }
  }

  private id(): string {
    return [...this.positions].map(([name, offset]) => `${name}:${offset}`).join('_')
  }
}

type ToJson = (withEmbedding: boolean) => Record<string, unknown>

function withJson<T>(
  decoded: Decoded<T>,
  jsonOf: (record: T, withEmbedding: boolean) => Record<string, unknown>,
): Rejection | { kind: 'record'; json: ToJson } {
  if (decoded.kind !== 'record') return decoded
  return { kind: 'record', json: (withEmbedding) => jsonOf(decoded.record, withEmbedding) }
}

/** Positions of an event's id. Throws a problem for one that was never sent. */
export function parseFeedId(id: string): ReadonlyMap<string, number> {
  const positions = new Map<string, number>()
  for (const part of id.split('_')) {
    const match = /^([a-z]+\d{1,6}):(\d{1,15})$/.exec(part)
    if (!match) throw new ProblemError(400, 'Last-Event-ID is not the id of an event of this stream')
    positions.set(match[1], Number(match[2]))
  }
  return positions
}

function partitionCount(log: Log, feed: FeedName): number {
  return log.topics().find(({ name }) => name === TOPIC_OF[feed])?.partitions ?? 0
}

function nameOf(feed: FeedName, partition: number): string {
  return `${feed}${partition}`
}
