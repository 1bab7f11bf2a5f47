import type { DeadLetter } from '../../core/contracts/dead-letter.ts'
import type { EventId } from '../../core/contracts/ids.ts'
import { hashString, hashString53 } from '../../core/statistics/hash-string.ts'
import type { Log, OutputRecord, ReadRecord } from '../../io/log/log.ts'
import { readTo } from '../read-to.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'

/** A record to append once, under an identity that is the same whenever the same row is read. */
export interface OnceRecord {
  readonly identity: string
  readonly record: OutputRecord
}

/** What has to happen to records of a topic before they can be identified. */
export type PrepareRecords = (topic: string, records: readonly ReadRecord[]) => Promise<void>

/** Identity of a row that became an interaction, and of one that became a dead letter. */
export const identityOf = {
  event: (eventId: EventId): string => `event ${eventId}`,
  /** With the bytes: standard input has the same name every time. */
  deadLetter: ({ origin, bytes }: DeadLetter): string =>
    `dead-letter ${origin} ${hashString53(Buffer.from(bytes).toString('latin1'), 4)}`,
}

type Positions = Record<string, number>

const POSITIONS_KEY = new TextEncoder().encode('positions')
const EMPTY = new Uint8Array(0)
const CHUNK = 5000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Remembers which rows the log already holds, so that reading a file again adds nothing. It is a view of the log: it
 * knows up to which offset it has seen each partition, and after a crash reads the rest.
 */
export class EventIdIndex {
  private readonly log: Log
  private readonly store: StateStore
  private readonly positions: Positions

  private constructor(log: Log, store: StateStore, positions: Positions) {
    this.log = log
    this.store = store
    this.positions = positions
  }

  /** `identify` names the row behind a record of one of the topics; null for one that no reader wrote. */
  static async open(
    log: Log,
    store: StateStore,
    topics: readonly string[],
    identify: (topic: string, record: Omit<OutputRecord, 'topic' | 'partition'>) => string | null,
    prepare: PrepareRecords = async () => {},
  ): Promise<EventIdIndex> {
    const partitions = log
      .topics()
      .filter(({ name }) => topics.includes(name))
      .flatMap((topic) =>
        Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })),
      )
    const stored = await store.get(POSITIONS_KEY)
    let positions = stored ? (JSON.parse(decoder.decode(stored)) as Positions) : {}
    for (const { topic, partition } of partitions) {
      if ((positions[`${topic}/${partition}`] ?? 0) <= (await log.endOffset(topic, partition))) continue
      // The log lost its end, in a power cut for example: the rows in it must not stay known.
      await store.clear()
      positions = {}
      break
    }
    const index = new EventIdIndex(log, store, positions)
    for (const { topic, partition } of partitions) await index.catchUp(topic, partition, identify, prepare)
    return index
  }

  /** Appends the records whose identity is new, in order; returns how many were already there. */
  async appendNew(records: readonly OnceRecord[]): Promise<number> {
    const keys = records.map(({ identity }) => keyOf(identity))
    const known = await this.store.getMany(keys)
    const seen = new Set<string>()
    const fresh = records.filter(({ identity }, i) => {
      if (known[i] !== null || seen.has(identity)) return false
      seen.add(identity)
      return true
    })
    if (fresh.length > 0) {
      const offsets = await this.log.append(fresh.map(({ record }) => record))
      fresh.forEach(({ record }, i) => (this.positions[`${record.topic}/${record.partition}`] = offsets[i] + 1))
      await this.save(fresh.map(({ identity }) => identity))
    }
    return records.length - fresh.length
  }

  private async catchUp(
    topic: string,
    partition: number,
    identify: (topic: string, record: Omit<OutputRecord, 'topic' | 'partition'>) => string | null,
    prepare: PrepareRecords,
  ): Promise<void> {
    const name = `${topic}/${partition}`
    // Retention may have taken the first rows away; they are not known any more.
    const from = Math.max(this.positions[name] ?? 0, await this.log.startOffset(topic, partition))
    const end = await this.log.endOffset(topic, partition)
    for await (const slice of readTo(this.log, topic, partition, from, end, CHUNK)) {
      this.positions[name] = slice.nextOffset
      await prepare(topic, slice.records)
      await this.save(slice.records.map((record) => identify(topic, record)).filter((identity) => identity !== null))
    }
  }

  private async save(identities: readonly string[]): Promise<void> {
    const entries: StoreEntry[] = identities.map((identity) => ({ key: keyOf(identity), value: EMPTY }))
    entries.push({ key: POSITIONS_KEY, value: encoder.encode(JSON.stringify(this.positions)) })
    await this.store.apply({ entries, position: { nextOffset: 0, changelogOffset: 0 } })
  }
}

/** 85 bits of hash: two of 10^9 identities collide with a chance of 10^-8. */
function keyOf(identity: string): Uint8Array {
  const key = new Uint8Array(12)
  const view = new DataView(key.buffer)
  view.setBigUint64(0, BigInt(hashString53(identity, 2)))
  view.setUint32(8, hashString(identity, 3))
  return key
}
