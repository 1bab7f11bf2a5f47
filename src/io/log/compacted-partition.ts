import type { LogRecord, LogSlice, ReadRecord } from './log.ts'
import { freeKey, offsetKey, offsetOfKey, offsetValue, partitionPrefix, readOffset } from './log-keys.ts'
import { readBatch, readEndOffset } from './read-batch.ts'
import { RecentOffsets } from './recent-offsets.ts'
import { batchBytes, recordBytes, writeRecordBatch } from './record-batch.ts'
import type { AppendPlan, LevelOperation, LogLevel, PreparedAppend, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'

/** What an iterator may fetch ahead. */
const READ_AHEAD_BYTES = 1024 * 1024

interface KeyedEntry {
  /** Place among the records of the append. */
  readonly rank: number
  /** The key as a string of bytes. */
  readonly name: string
  readonly indexKey: Uint8Array
  readonly bytes: Uint8Array
}

/**
 * Partition of a `compact` topic: a batch of one record per offset, and an index from key to offset. An append takes
 * the previous record of the same key away in the same atomic write; a tombstone stays as the key's latest record, for
 * readers who follow. So at most one record per key is stored, and offsets have holes.
 */
export class CompactedPartition implements StoredPartition {
  readonly #level: LogLevel
  readonly #id: string
  readonly #entries: Uint8Array
  readonly #keys: Uint8Array
  readonly #recent: RecentOffsets
  #endOffset = 0

  constructor(level: LogLevel, topic: Topic, partition: number, recentKeys: number) {
    this.#level = level
    this.#recent = new RecentOffsets(recentKeys)
    this.#id = `${topic.name}/${partition}`
    this.#entries = partitionPrefix('record', topic.id, partition)
    this.#keys = partitionPrefix('key', topic.id, partition)
  }

  get endOffset(): number {
    return this.#endOffset
  }

  async recover(): Promise<void> {
    this.#endOffset = await readEndOffset(this.#level, this.#id, this.#entries)
  }

  prepare(records: readonly LogRecord[]): PreparedAppend {
    const latest = latestOfEachKey(records)
    const sizes = latest.map(([, rank]) => batchBytes(recordBytes(records[rank])))
    // One block for all of them: a buffer of its own costs more than a record's bytes.
    const block = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0))
    let at = 0
    const entries = latest.map(([name, rank], index): KeyedEntry => {
      const record = records[rank]
      const bytes = block.subarray(at, (at += sizes[index]))
      writeRecordBatch(bytes, [record])
      return { rank, name, indexKey: freeKey(this.#keys, record.key!), bytes }
    })
    return { plan: () => this.#plan(entries, records.length) }
  }

  async read(offset: number, limit: number): Promise<LogSlice> {
    const end = this.#endOffset
    if (offset >= end) return { records: [], nextOffset: offset }
    const range = { gte: offsetKey(this.#entries, offset), lt: offsetKey(this.#entries, end), limit }
    const records: ReadRecord[] = []
    for await (const [key, bytes] of this.#level.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES })) {
      records.push(readBatch(this.#id, bytes, offsetOfKey(key))[0])
    }
    return { records, nextOffset: records.length < limit ? end : records[limit - 1].offset + 1 }
  }

  async #plan(entries: readonly KeyedEntry[], count: number): Promise<AppendPlan> {
    const first = this.#endOffset
    const previous = await this.#previousOffsets(entries)
    const operations: LevelOperation[] = []
    for (const [index, { rank, indexKey, bytes }] of entries.entries()) {
      const old = previous[index]
      if (old !== undefined) operations.push({ type: 'del', key: offsetKey(this.#entries, old) })
      operations.push({ type: 'put', key: offsetKey(this.#entries, first + rank), value: bytes })
      operations.push({ type: 'put', key: indexKey, value: offsetValue(first + rank) })
    }
    const publish = (): number => {
      for (const { name, rank } of entries) this.#recent.set(name, first + rank)
      this.#endOffset = first + count
      return first
    }
    return { operations, publish }
  }

  async #previousOffsets(entries: readonly KeyedEntry[]): Promise<(number | undefined)[]> {
    const offsets = entries.map(({ name }) => this.#recent.get(name))
    const unknown = [...offsets.keys()].filter((index) => offsets[index] === undefined)
    const found = await this.#level.getMany(unknown.map((index) => entries[index].indexKey))
    for (const [rank, index] of unknown.entries()) {
      const value = found[rank]
      if (value !== undefined) offsets[index] = readOffset(value, 0)
    }
    return offsets
  }
}

/** Key and rank, ascending, of the records that no later record of the same append supersedes. */
function latestOfEachKey(records: readonly LogRecord[]): [string, number][] {
  const latest = new Map<string, number>()
  for (const [rank, { key }] of records.entries()) {
    latest.set(Buffer.from(key!.buffer, key!.byteOffset, key!.length).toString('latin1'), rank)
  }
  return [...latest].sort((left, right) => left[1] - right[1])
}
