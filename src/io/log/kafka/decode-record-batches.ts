import { setImmediate } from 'node:timers/promises'
import type { ReadRecord } from '../log.ts'
import { codecOf } from './codec-of.ts'
import { crc32c } from '../../crc32c.ts'
import { type Cursor, readVarint } from './varint.ts'

/** Layout in encode-record-batch.ts. */
const LENGTH_END = 12
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const RECORDS_AT = 61
const COMPRESSION_BITS = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const NO_HEADERS = undefined
/** Bytes whose checksum takes about half a millisecond. */
const CHECKED_AT_ONCE = 256 * 1024

export interface RecordBatch {
  readonly producerId: bigint
  readonly isTransactional: boolean
  /** A control batch holds a marker of the transaction's end instead of records. */
  readonly control: 'commit' | 'abort' | 'other' | null
  readonly baseOffset: number
  /** Kept by compaction even where the last records are gone. */
  readonly lastOffset: number
  readonly records: ReadRecord[]
}

/** Bytes that are no record batch. */
export class DamagedRecordBatch extends Error {}

/**
 * The whole batches in a fetched record set; the last one may have been cut, which is left out. Keys, values and headers
 * are views into `bytes`, or into what a codec has unpacked. Throws DamagedRecordBatch.
 */
export async function decodeRecordBatches(bytes: Buffer): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + 8)
    if (end > bytes.length) break
    batches.push(await decodeBatch(bytes.subarray(at, end)))
    at = end
  }
  return batches
}

async function decodeBatch(bytes: Buffer): Promise<RecordBatch> {
  if (bytes[16] !== 2) throw new DamagedRecordBatch(`it has format ${bytes[16]}`)
  const expected = bytes.readUInt32BE(CRC_AT)
  const found = await checksumOf(bytes.subarray(ATTRIBUTES_AT))
  if (found !== expected) throw new DamagedRecordBatch(`its checksum is ${found} and should be ${expected}`)
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT)
  const baseOffset = Number(bytes.readBigInt64BE(0))
  const compression = attributes & COMPRESSION_BITS
  const packed = bytes.subarray(RECORDS_AT)
  const unpacked = compression === 0 || packed.length === 0 ? packed : await unpack(compression, packed)
  const records = readRecords(unpacked, bytes.readInt32BE(57), {
    baseOffset,
    baseTimestamp: Number(bytes.readBigInt64BE(27)),
    fixedTimestamp: attributes & LOG_APPEND_TIME ? Number(bytes.readBigInt64BE(35)) : null,
  })
  const isControl = (attributes & CONTROL) !== 0
  return {
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    control: isControl ? controlOf(records) : null,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(23),
    records: isControl ? [] : records,
  }
}

/** CRC-32C. A checkpoint is some megabytes: others have their turn in between. */
async function checksumOf(bytes: Buffer): Promise<number> {
  let checksum = crc32c(bytes.subarray(0, CHECKED_AT_ONCE))
  for (let at = CHECKED_AT_ONCE; at < bytes.length; at += CHECKED_AT_ONCE) {
    await setImmediate()
    checksum = crc32c(bytes.subarray(at, at + CHECKED_AT_ONCE), checksum)
  }
  return checksum
}

interface BatchContext {
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** Where the broker's clock gives the time of every record. */
  readonly fixedTimestamp: number | null
}

function readRecords(bytes: Buffer, count: number, context: BatchContext): ReadRecord[] {
  const cursor: Cursor = { bytes, at: 0 }
  const records = new Array<ReadRecord>(count)
  for (let index = 0; index < count; index++) {
    readVarint(cursor)
    cursor.at++
    const timestamp = context.baseTimestamp + readVarint(cursor)
    const offset = context.baseOffset + readVarint(cursor)
    const key = readField(cursor)
    const value = readField(cursor)
    const headers = readHeaders(cursor)
    if (cursor.at > bytes.length) throw new DamagedRecordBatch(`record ${index} ends behind it`)
    records[index] = headers
      ? { offset, key, value, headers, timestamp: context.fixedTimestamp ?? timestamp }
      : { offset, key, value, timestamp: context.fixedTimestamp ?? timestamp }
  }
  return records
}

function readField(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor)
  if (length < 0) return null
  const start = cursor.at
  cursor.at = start + length
  return cursor.bytes.subarray(start, cursor.at)
}

/** Of several headers with one name the last counts; one without a value is empty, since the port knows no null there. */
function readHeaders(cursor: Cursor): Record<string, Uint8Array> | undefined {
  const count = readVarint(cursor)
  if (count === 0) return NO_HEADERS
  const headers: [string, Uint8Array][] = []
  for (let index = 0; index < count; index++) {
    const name = readField(cursor)
    headers.push([(name ?? EMPTY).toString(), readField(cursor) ?? EMPTY])
  }
  return Object.fromEntries(headers)
}

const EMPTY = Buffer.alloc(0)

/** Key of a control record: version i16, then 0 for abort and 1 for commit. */
function controlOf(records: readonly ReadRecord[]): 'commit' | 'abort' | 'other' {
  const key = records[0]?.key
  if (!key || key.length < 4) return 'other'
  const type = (key[2] << 8) | key[3]
  return type === 0 ? 'abort' : type === 1 ? 'commit' : 'other'
}

async function unpack(compression: number, packed: Buffer): Promise<Buffer> {
  const codec = codecOf(compression)
  if (codec === undefined) throw new DamagedRecordBatch(`its compression ${compression} is unknown`)
  try {
    return await codec.decompress(packed)
  } catch (error) {
    throw new DamagedRecordBatch(`it cannot be unpacked (${(error as Error).message})`, { cause: error })
  }
}
