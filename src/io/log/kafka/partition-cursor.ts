import type { LogSlice, ReadRecord } from '../log.ts'

/** Above either, nothing more is fetched for a cursor until half of it has been read. */
const MAX_RECORDS = 16_384
const MAX_BYTES = 4 * 1024 * 1024
/** What a record weighs besides its bytes. */
const RECORD_OVERHEAD_BYTES = 200

/** One reader's place in a partition: what has been fetched from there on and not been read yet. */
export class PartitionCursor {
  /** Name in Kafka. */
  readonly topic: string
  readonly partition: number
  /** A fetch is under way. */
  isFetching = false
  /** The next fetch is for this cursor alone, so that an empty answer means that there is nothing. */
  wantsAlone = false
  /** On performance.now's clock. */
  notBefore = 0
  fetchedAt = 0
  readAt: number
  /** What the next read reports, after which it is tried again. */
  failure: unknown = null
  #readOffset: number
  #fetchOffset: number
  #records: ReadRecord[] = []
  /** Of #records those before it have been read. */
  #first = 0
  #bytes = 0
  #isFull = false

  constructor(topic: string, partition: number, offset: number, now: number) {
    this.topic = topic
    this.partition = partition
    this.#readOffset = offset
    this.#fetchOffset = offset
    this.readAt = now
  }

  /** Where the next read is expected. */
  get readOffset(): number {
    return this.#readOffset
  }

  /** Where the next fetch begins: behind everything that is known, holes included. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  wantsRecords(now: number): boolean {
    return !this.isFetching && !this.#isFull && this.failure === null && now >= this.notBefore
  }

  /** Takes what a fetch brought; the next one begins at `nextOffset`. */
  add(records: readonly ReadRecord[], nextOffset: number): void {
    if (this.#first === this.#records.length) {
      this.#records = []
      this.#first = 0
    }
    for (const record of records) {
      this.#records.push(record)
      this.#bytes += bytesOf(record)
    }
    this.#fetchOffset = nextOffset
    this.#isFull = this.#records.length - this.#first >= MAX_RECORDS || this.#bytes >= MAX_BYTES
  }

  /** Up to `limit` records; the last of those that were fetched takes the holes behind it along. */
  take(limit: number): LogSlice {
    const end = Math.min(this.#first + limit, this.#records.length)
    const records = this.#records.slice(this.#first, end)
    for (const record of records) this.#bytes -= bytesOf(record)
    this.#first = end
    const isDrained = end === this.#records.length
    this.#readOffset = isDrained ? this.#fetchOffset : this.#records[end].offset
    if (this.#records.length - end <= MAX_RECORDS / 2 && this.#bytes <= MAX_BYTES / 2) this.#isFull = false
    return { records, nextOffset: this.#readOffset }
  }
}

function bytesOf({ key, value }: ReadRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES
}
