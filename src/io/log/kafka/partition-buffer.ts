import type { LogSlice, ReadRecord } from '../log.ts'

/** Above either, no more is fetched until half of it has been read. */
const MAX_RECORDS = 20_000
const MAX_BYTES = 16 * 1024 * 1024

/** Fetched records of one partition that nobody has read yet, in order, from the position of the reader on. */
export class PartitionBuffer {
  /** Where the reader stands. */
  #from: number
  /** Where fetching goes on. */
  #next: number
  #records: ReadRecord[] = []
  #bytes = 0

  constructor(from: number) {
    this.#from = from
    this.#next = from
  }

  get from(): number {
    return this.#from
  }

  get next(): number {
    return this.#next
  }

  get isFull(): boolean {
    return this.#records.length >= MAX_RECORDS || this.#bytes >= MAX_BYTES
  }

  get isHalfEmpty(): boolean {
    return this.#records.length <= MAX_RECORDS / 2 && this.#bytes <= MAX_BYTES / 2
  }

  /** Takes fetched records; `nextOffset` lies behind them and whatever else was fetched, such as a log's own marks. */
  add(records: readonly ReadRecord[], nextOffset: number): void {
    for (const record of records) {
      // The first batch of a fetch may begin before the offset asked for.
      if (record.offset < this.#next) continue
      this.#records.push(record)
      this.#bytes += sizeOf(record)
    }
    this.#next = Math.max(this.#next, nextOffset)
  }

  /** Up to `limit` records. Behind the last one that is held the reader goes on behind its holes. */
  take(limit: number): LogSlice {
    const all = this.#records.length <= limit
    const records = all ? this.#records : this.#records.slice(0, limit)
    this.#records = all ? [] : this.#records.slice(limit)
    for (const record of records) this.#bytes -= sizeOf(record)
    this.#from = all ? this.#next : records[records.length - 1].offset + 1
    return { records, nextOffset: this.#from }
  }
}

function sizeOf({ key, value }: ReadRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + 100
}
