import { randomUUID } from 'node:crypto'
import { ChangeSignal } from './change-signal.ts'
import { checkPosition } from './check-position.ts'
import { checkRead } from './check-read.ts'
import { groupByPartition } from './group-by-partition.ts'
import { closedError } from './closed-error.ts'
import { LocalGroups } from './local-groups.ts'
import { LocalWriters } from './local-writers.ts'
import type {
  Log,
  LogRecord,
  LogSlice,
  LogTransaction,
  LogWriter,
  Membership,
  MembershipListener,
  OutputRecord,
  ReadRecord,
  TopicSpec,
} from './log.ts'
import { TopicTable } from './topic-table.ts'

/** By offset; null where compaction took the record away. */
type Partition = (ReadRecord | null)[]

/** The log in memory, for tests and throw-away runs: the semantics of the embedded log, gone at close. */
export class MemoryLog implements Log {
  readonly id = randomUUID()
  readonly #topics = new TopicTable()
  readonly #writers = new LocalWriters()
  readonly #groups = new LocalGroups()
  readonly #partitions = new Map<string, Partition>()
  /** Offset of the latest record of each key, per compacted partition. */
  readonly #latest = new Map<string, Map<string, number>>()
  readonly #positions = new Map<string, number>()
  readonly #signal = new ChangeSignal()
  #closed = false

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen('create topics')
    this.#topics.add(this.#topics.plan(specs))
  }

  topics(): readonly TopicSpec[] {
    return this.#topics.specs()
  }

  async append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    return this.#publish('append to', records, [])
  }

  async openWriter(task: string): Promise<LogWriter> {
    this.#checkOpen('open a writer of')
    const epoch = this.#writers.open(task)
    return {
      commit: async (transaction) => {
        this.#checkOpen('commit to the log')
        this.#writers.check(task, epoch)
        return this.#commit(transaction)
      },
      close: async () => {},
    }
  }

  async join(group: string, topic: string, listener: MembershipListener): Promise<Membership> {
    this.#checkOpen('join a group of')
    return this.#groups.join(group, topic, this.#topics.find('join a group of', topic, 0).partitions, listener)
  }

  #commit({ group, outputs, positions }: LogTransaction): number[] {
    const moves = positions.map((position): [string, number] => {
      checkPosition(group, position)
      const { topic, partition, nextOffset } = position
      this.#topics.find('commit a position of', topic, partition)
      return [positionKey(group, topic, partition), nextOffset]
    })
    return this.#publish('commit to', outputs, moves)
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice> {
    checkRead(topic, partition, offset, limit)
    const stored = this.#find('read', topic, partition)
    const records: ReadRecord[] = []
    let next = offset
    while (next < stored.length && records.length < limit) {
      const record = stored[next++]
      if (record !== null) records.push(record)
    }
    return { records, nextOffset: next }
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    this.#find('read', topic, partition)
    return 0
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#find('read', topic, partition).length
  }

  async committed(group: string, topic: string, partition: number): Promise<number | null> {
    this.#find('read', topic, partition)
    return this.#positions.get(positionKey(group, topic, partition)) ?? null
  }

  changed(): Promise<void> {
    return this.#signal.wait()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#signal.end()
  }

  #publish(action: string, records: readonly OutputRecord[], moves: readonly [string, number][]): number[] {
    this.#checkOpen(`${action} the log`)
    const offsets = Array.from<number>({ length: records.length })
    for (const { topic, partition, records: group, places } of groupByPartition(action, records, this.#topics)) {
      const id = `${topic.name}/${partition}`
      const stored = this.#stored(id)
      for (const [rank, record] of group.entries()) {
        const offset = stored.length
        if (topic.cleanup === 'compact') this.#supersede(id, stored, record.key!, offset)
        stored.push(copyRecord(record, offset))
        offsets[places[rank]] = offset
      }
    }
    for (const [key, nextOffset] of moves) this.#positions.set(key, nextOffset)
    this.#signal.fire()
    return offsets
  }

  #supersede(id: string, stored: Partition, key: Uint8Array, offset: number): void {
    let latest = this.#latest.get(id)
    if (latest === undefined) this.#latest.set(id, (latest = new Map()))
    const name = Buffer.from(key).toString('latin1')
    const previous = latest.get(name)
    if (previous !== undefined) stored[previous] = null
    latest.set(name, offset)
  }

  #find(action: string, topic: string, partition: number): Partition {
    this.#checkOpen(`${action} ${topic}/${partition}`)
    this.#topics.find(action, topic, partition)
    return this.#stored(`${topic}/${partition}`)
  }

  #stored(id: string): Partition {
    let stored = this.#partitions.get(id)
    if (stored === undefined) this.#partitions.set(id, (stored = []))
    return stored
  }

  #checkOpen(action: string): void {
    if (this.#closed) throw closedError(action)
  }
}

function positionKey(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition])
}

function copyRecord({ key, value, headers, timestamp }: LogRecord, offset: number): ReadRecord {
  const copied = { offset, key: key && Buffer.from(key), value: value && Buffer.from(value), timestamp }
  const entries = Object.entries(headers ?? {})
  if (entries.length === 0) return copied
  return { ...copied, headers: Object.fromEntries(entries.map(([name, bytes]) => [name, Buffer.from(bytes)])) }
}
