import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Level } from '../level/open-level.ts'
import { cutBatches, type EncodedBatch } from './cut-batches.ts'
import { expiredUpTo } from './expired-up-to.ts'
import type { Expiry, LogRecord, LogSlice, ReadRecord, Removal } from './log.ts'
import { offsetKey, offsetOfKey, offsetValue, partitionPrefix, readOffset } from './log-keys.ts'
import { corruptError, readBatch, readEndOffset } from './read-batch.ts'
import type { RecentBatches } from './recent-batches.ts'
import { batchEnd } from './record-batch.ts'
import { removeRecords, type WriteInTurn } from './removal.ts'
import type { AppendPlan, LevelOperation, PreparedAppend, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'

/** What an iterator may fetch ahead. */
const READ_AHEAD_BYTES = 1024 * 1024
/** Batches that expire in one write. */
const EXPIRE_CHUNK = 1000

/**
 * Partition of a `delete` topic: batches that follow each other without a gap, by the first offset each covers. Records
 * that were removed are holes in them; retention takes whole batches away from the start.
 */
export class BatchPartition implements StoredPartition {
  readonly #level: Level
  readonly #id: string
  readonly #entries: Uint8Array
  readonly #startKey: Uint8Array
  readonly #marks: Uint8Array
  readonly #recent: RecentBatches
  #startOffset = 0
  #endOffset = 0

  constructor(level: Level, topic: Topic, partition: number, recent: RecentBatches) {
    this.#level = level
    this.#id = `${topic.name}/${partition}`
    this.#entries = partitionPrefix('batch', topic.id, partition)
    this.#startKey = partitionPrefix('start', topic.id, partition)
    this.#marks = partitionPrefix('mark', topic.id, partition)
    this.#recent = recent
  }

  get startOffset(): number {
    return this.#startOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  async recover(): Promise<void> {
    const start = await this.#level.get(this.#startKey)
    this.#startOffset = start === undefined ? 0 : readOffset(start, 0)
    this.#endOffset = await readEndOffset(this.#level, this.#id, this.#entries)
  }

  prepare(records: readonly LogRecord[]): PreparedAppend {
    const batches = cutBatches(records)
    return { plan: async () => this.#plan(batches) }
  }

  async read(offset: number, limit: number): Promise<LogSlice> {
    if (offset < this.#startOffset && offset > 0) {
      const state = `the topic begins at ${this.#startOffset}, what lies before has been deleted`
      throw new LifecycleError('position-below-start', `Cannot read ${this.#id}@${offset}: ${state}`)
    }
    const from = Math.max(offset, this.#startOffset)
    const end = Math.min(this.#endOffset, from + limit)
    const records: ReadRecord[] = []
    let next = from
    while (next < end) {
      const batch = this.#recent.find(this.#id, next)
      if (batch === null) break
      next = take(batch.records, batch.end, next, end, records)
    }
    if (next < end) await this.#readStored(next, end, records)
    return { records, nextOffset: Math.max(from, end) }
  }

  async remove(removal: Removal, write: WriteInTurn): Promise<number> {
    const count = await removeRecords(this.#level, this.#id, this.#entries, removal, write)
    if (count > 0) this.#recent.drop(this.#id)
    return count
  }

  async expire(expiry: Expiry, write: WriteInTurn): Promise<number> {
    const bounds = { from: this.#startOffset, end: this.#endOffset }
    const upTo = await expiredUpTo(this.#level, { entries: this.#entries, marks: this.#marks }, bounds, expiry)
    if (upTo <= this.#startOffset) return this.#startOffset
    // The batch that covers `upTo` stays, and with it the last one: the end offset is in what is stored.
    const [last] = await this.#level.keys({ ...this.#upTo(upTo), reverse: true, limit: 1 }).all()
    if (last === undefined) return this.#startOffset
    const start = offsetOfKey(last)
    if (start <= this.#startOffset) return this.#startOffset
    // First of all: a reader must not find half of what is going.
    if (!(await write([{ type: 'put', key: this.#startKey, value: offsetValue(start) }]))) return this.#startOffset
    this.#startOffset = start
    this.#recent.drop(this.#id)
    await this.#deleteBefore(start, write)
    await this.#forgetMarks(start, write)
    return start
  }

  /** Marks before the start say nothing any more. */
  async #forgetMarks(start: number, write: WriteInTurn): Promise<void> {
    const range = { gte: offsetKey(this.#marks, 0), lte: offsetKey(this.#marks, Number.MAX_SAFE_INTEGER) }
    const gone: LevelOperation[] = []
    for await (const [key, offset] of this.#level.iterator(range)) {
      if (readOffset(offset, 0) > start) break
      gone.push({ type: 'del', key })
    }
    await write(gone)
  }

  /** Also what a process that died in the middle left behind. */
  async #deleteBefore(start: number, write: WriteInTurn): Promise<void> {
    const range = { gte: offsetKey(this.#entries, 0), lt: offsetKey(this.#entries, start) }
    for (;;) {
      const keys = await this.#level.keys({ ...range, limit: EXPIRE_CHUNK }).all()
      if (keys.length === 0) return
      if (!(await write(keys.map((key): LevelOperation => ({ type: 'del', key }))))) return
    }
  }

  #upTo(offset: number): { gte: Uint8Array; lte: Uint8Array } {
    return { gte: offsetKey(this.#entries, 0), lte: offsetKey(this.#entries, offset) }
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

  /** Adds the records from .. end - 1; each of these offsets must be covered by a batch. */
  async #readStored(from: number, end: number, records: ReadRecord[]): Promise<void> {
    const range = { gte: await this.#seek(from), lt: offsetKey(this.#entries, end) }
    let next = from
    for await (const [key, bytes] of this.#level.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES })) {
      const base = offsetOfKey(key)
      const batch = readBatch(this.#id, bytes, base)
      const covered = batchEnd(bytes, base, batch)
      if (base > next || covered <= next) break
      this.#recent.add(this.#id, base, covered, bytes, batch)
      next = take(batch, covered, next, end, records)
    }
    if (next < end) throw corruptError(this.#id, next, 'the record is missing')
  }

  /** Key of the batch that begins at or before `offset`. */
  async #seek(offset: number): Promise<Uint8Array> {
    const [key] = await this.#level.keys({ ...this.#upTo(offset), reverse: true, limit: 1 }).all()
    if (key === undefined) throw corruptError(this.#id, offset, 'the record is missing')
    return key
  }
}

/** Copies the records from .. end - 1 of a batch that covers offsets up to `covered`; returns where to go on. */
function take(batch: readonly ReadRecord[], covered: number, from: number, end: number, records: ReadRecord[]): number {
  const until = Math.min(covered, end)
  if (batch.length === 0) return until
  const first = batch[0].offset
  if (batch[batch.length - 1].offset - first + 1 === batch.length) {
    // Without holes between them a record's place is known.
    const to = Math.min(until, first + batch.length)
    for (let offset = Math.max(from, first); offset < to; offset++) records.push(batch[offset - first])
    return until
  }
  for (const record of batch) if (record.offset >= from && record.offset < until) records.push(record)
  return until
}
