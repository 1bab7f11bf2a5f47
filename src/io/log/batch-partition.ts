import type { Level } from '../level/open-level.ts'
import { cutBatches, type EncodedBatch } from './cut-batches.ts'
import type { LogRecord, LogSlice, ReadRecord } from './log.ts'
import { offsetKey, offsetOfKey, partitionPrefix } from './log-keys.ts'
import { corruptError, readBatch, readEndOffset } from './read-batch.ts'
import type { RecentBatches } from './recent-batches.ts'
import type { AppendPlan, LevelOperation, PreparedAppend, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'

/** What an iterator may fetch ahead. */
const READ_AHEAD_BYTES = 1024 * 1024

/** Partition of a `delete` topic: batches of consecutive records, without holes, by the offset of their first record. */
export class BatchPartition implements StoredPartition {
  readonly #level: Level
  readonly #id: string
  readonly #entries: Uint8Array
  readonly #recent: RecentBatches
  #endOffset = 0

  constructor(level: Level, topic: Topic, partition: number, recent: RecentBatches) {
    this.#level = level
    this.#id = `${topic.name}/${partition}`
    this.#entries = partitionPrefix('batch', topic.id, partition)
    this.#recent = recent
  }

  get endOffset(): number {
    return this.#endOffset
  }

  async recover(): Promise<void> {
    this.#endOffset = await readEndOffset(this.#level, this.#id, this.#entries)
  }

  prepare(records: readonly LogRecord[]): PreparedAppend {
    const batches = cutBatches(records)
    return { plan: async () => this.#plan(batches) }
  }

  async read(offset: number, limit: number): Promise<LogSlice> {
    const end = Math.min(this.#endOffset, offset + limit)
    const records: ReadRecord[] = []
    let next = offset
    while (next < end) {
      const batch = this.#recent.find(this.#id, next)
      if (batch === null) break
      next = take(batch, next, end, records)
    }
    if (next < end) await this.#readStored(next, end, records)
    return { records, nextOffset: Math.max(offset, end) }
  }

  #plan(batches: readonly EncodedBatch[]): AppendPlan {
    const first = this.#endOffset
    const operations: LevelOperation[] = []
    let base = first
    for (const { bytes, count } of batches) {
      operations.push({ type: 'put', key: offsetKey(this.#entries, base), value: bytes })
      base += count
    }
    const publish = (): number => {
      let at = first
      for (const { bytes, count } of batches) {
        this.#recent.add(this.#id, at, at + count, bytes, null)
        at += count
      }
      this.#endOffset = at
      return first
    }
    return { operations, publish }
  }

  /** Adds the records from .. end - 1, all of which must be stored. */
  async #readStored(from: number, end: number, records: ReadRecord[]): Promise<void> {
    const range = { gte: await this.#seek(from), lt: offsetKey(this.#entries, end) }
    let next = from
    for await (const [key, bytes] of this.#level.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES })) {
      const base = offsetOfKey(key)
      const batch = readBatch(this.#id, bytes, base)
      if (base > next || base + batch.length <= next) break
      this.#recent.add(this.#id, base, base + batch.length, bytes, batch)
      next = take(batch, next, end, records)
    }
    if (next < end) throw corruptError(this.#id, next, 'the record is missing')
  }

  /** Key of the batch that begins at or before `offset`. */
  async #seek(offset: number): Promise<Uint8Array> {
    const range = { gte: offsetKey(this.#entries, 0), lte: offsetKey(this.#entries, offset) }
    const [key] = await this.#level.keys({ ...range, reverse: true, limit: 1 }).all()
    if (key === undefined) throw corruptError(this.#id, offset, 'the record is missing')
    return key
  }
}

/** Copies the records from .. end - 1 that the batch holds; returns the offset after the last one. */
function take(batch: readonly ReadRecord[], from: number, end: number, records: ReadRecord[]): number {
  const first = batch[0].offset
  const until = Math.min(first + batch.length, end)
  for (let offset = from; offset < until; offset++) records.push(batch[offset - first])
  return until
}
