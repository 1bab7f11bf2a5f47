import type { LogRecord } from '../log.ts'
import { crc32c } from '../../crc32c.ts'
import { varintBytes, writeVarint } from './varint.ts'

/**
 * Kafka's record batch, format 2 (https://kafka.apache.org/documentation/#recordbatch). Encoded here because kafkajs'
 * encoder costs a core for 60,000 records/s. Offsets of the header's fields:
 *
 *     0  base offset i64      16 magic i8          27 base timestamp i64   51 producer epoch i16
 *     8  length i32           17 CRC-32C u32       35 max timestamp i64    53 base sequence i32
 *     12 leader epoch i32     21 attributes i16    43 producer id i64      57 record count i32
 *                             23 last delta i32                            61 records
 */
const MAGIC = 2
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const HEADER_BYTES = 61
const BEFORE_LENGTH_END = 12
const TRANSACTIONAL = 0x10

/** Records of one partition, encoded but for what only the moment of sending knows. */
export interface RecordSection {
  readonly count: number
  /** Room for the header, then the records. */
  readonly bytes: Buffer
  readonly firstTimestamp: number
  readonly lastTimestamp: number
}

export interface BatchStamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly isTransactional: boolean
  /** Kafka's number of a compression; 0 for none. */
  readonly compression: number
}

/** Encodes records[from .. to) of one partition. The bytes are copied, so that the caller may reuse its own. */
export function encodeRecords(records: readonly LogRecord[], from: number, to: number): RecordSection {
  let firstTimestamp = records[from].timestamp
  let lastTimestamp = firstTimestamp
  for (let index = from + 1; index < to; index++) {
    const { timestamp } = records[index]
    if (timestamp < firstTimestamp) firstTimestamp = timestamp
    if (timestamp > lastTimestamp) lastTimestamp = timestamp
  }
  let size = HEADER_BYTES
  const bodies = new Array<number>(to - from)
  for (let index = from; index < to; index++) {
    const body = bodyBytes(records[index], index - from, records[index].timestamp - firstTimestamp)
    bodies[index - from] = body
    size += varintBytes(body) + body
  }
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = HEADER_BYTES
  for (let index = from; index < to; index++) {
    at = writeVarint(bytes, at, bodies[index - from])
    at = writeBody(bytes, at, records[index], index - from, records[index].timestamp - firstTimestamp)
  }
  return { count: to - from, bytes, firstTimestamp, lastTimestamp }
}

/** The records of a section, for a codec. */
export function recordsOf(section: RecordSection): Buffer {
  return section.bytes.subarray(HEADER_BYTES)
}

/** The batch to send. `packed` are the section's records as a codec has packed them; without it they go as they are. */
export function stampBatch(section: RecordSection, stamp: BatchStamp, packed: Buffer | null): Buffer {
  const batch = packed === null ? section.bytes : Buffer.allocUnsafeSlow(HEADER_BYTES + packed.length)
  if (packed !== null) batch.set(packed, HEADER_BYTES)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - BEFORE_LENGTH_END, 8)
  batch.writeInt32BE(-1, 12)
  batch[16] = MAGIC
  batch.writeInt16BE(stamp.compression | (stamp.isTransactional ? TRANSACTIONAL : 0), ATTRIBUTES_AT)
  batch.writeInt32BE(section.count - 1, 23)
  batch.writeBigInt64BE(BigInt(section.firstTimestamp), 27)
  batch.writeBigInt64BE(BigInt(section.lastTimestamp), 35)
  batch.writeBigInt64BE(stamp.producerId, 43)
  batch.writeInt16BE(stamp.producerEpoch, 51)
  batch.writeInt32BE(stamp.firstSequence, 53)
  batch.writeInt32BE(section.count, 57)
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT)
  return batch
}

/** Most that a record can take in a batch, for cutting batches; close to what it takes. */
export function recordBytesAtMost({ key, value, headers }: LogRecord): number {
  let size = 32 + (key === null ? 0 : key.length) + (value === null ? 0 : value.length)
  for (const [name, header] of Object.entries(headers ?? {})) size += 16 + 3 * name.length + header.length
  return size
}

function bodyBytes(record: LogRecord, offsetDelta: number, timestampDelta: number): number {
  let size = 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta)
  size += fieldBytes(record.key) + fieldBytes(record.value)
  if (record.headers === undefined) return size + 1
  const headers = Object.entries(record.headers)
  size += varintBytes(headers.length)
  for (const [name, header] of headers) {
    const nameBytes = Buffer.byteLength(name)
    size += varintBytes(nameBytes) + nameBytes + fieldBytes(header)
  }
  return size
}

function writeBody(target: Buffer, start: number, record: LogRecord, offsetDelta: number, delta: number): number {
  target[start] = 0
  let at = writeVarint(target, start + 1, delta)
  at = writeVarint(target, at, offsetDelta)
  at = writeField(target, at, record.key)
  at = writeField(target, at, record.value)
  if (record.headers === undefined) {
    target[at] = 0
    return at + 1
  }
  const headers = Object.entries(record.headers)
  at = writeVarint(target, at, headers.length)
  for (const [name, header] of headers) {
    at = writeVarint(target, at, Buffer.byteLength(name))
    at += target.write(name, at)
    at = writeField(target, at, header)
  }
  return at
}

function fieldBytes(field: Uint8Array | null): number {
  return field === null ? 1 : varintBytes(field.length) + field.length
}

function writeField(target: Buffer, start: number, field: Uint8Array | null): number {
  if (field === null) return writeVarint(target, start, -1)
  const at = writeVarint(target, start, field.length)
  target.set(field, at)
  return at + field.length
}
