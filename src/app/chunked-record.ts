import type { OutputRecord, ReadRecord } from '../io/log/log.ts'

/** Brokers refuse records above 1 MB by default. */
export const CHUNK_BYTES = 512 * 1024
/** Which piece of a value a record holds: `<index>/<count>`. A value in one piece has no such header. */
const CHUNK_HEADER = 'stan-chunk'

/** A record, or, with a value above CHUNK_BYTES, its pieces in order. A key gets the number of the piece behind it. */
export function chunksOf(record: OutputRecord): OutputRecord[] {
  const { key, value } = record
  if (value === null || value.length <= CHUNK_BYTES) return [record]
  const count = Math.ceil(value.length / CHUNK_BYTES)
  return Array.from({ length: count }, (_, index) => ({
    ...record,
    // On a compacted topic each piece is a record of its own.
    key: key === null || index === 0 ? key : Buffer.concat([key, Buffer.from(`/${index}`)]),
    value: value.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    headers: { ...record.headers, [CHUNK_HEADER]: Buffer.from(`${index}/${count}`) },
  }))
}

/** A record put together again. */
export interface WholeRecord {
  /** Of its first piece. */
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array
}

/** Puts records together whose pieces follow each other in one partition. Pieces without their beginning are dropped. */
export class ChunkJoiner {
  private pieces: Uint8Array[] = []
  private first: ReadRecord | null = null

  /** The whole record that this one completes, or null. */
  add(record: ReadRecord): WholeRecord | null {
    if (record.value === null) return null
    const header = record.headers?.[CHUNK_HEADER]
    if (!header) return { offset: record.offset, key: record.key, value: record.value }
    const [index, count] = Buffer.from(header).toString().split('/').map(Number)
    if (index === 0) {
      this.first = record
      this.pieces = []
    }
    if (this.first === null || index !== this.pieces.length) {
      this.first = null
      return null
    }
    this.pieces.push(record.value)
    if (this.pieces.length < count) return null
    const whole = { offset: this.first.offset, key: this.first.key, value: Buffer.concat(this.pieces) }
    this.first = null
    this.pieces = []
    return whole
  }
}
