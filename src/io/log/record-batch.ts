import { crc32 } from 'node:zlib'
import type { LogRecord, ReadRecord } from './log.ts'

/**
 * Bytes of a batch of records of one partition. Little-endian; varints are LEB128.
 *
 *     u8   form: 1 for consecutive records, 2 for records with holes between them, 3 for holes also at either end
 *     u32  CRC-32 of everything after it
 *     u32  record count
 *     varint  offsets that the batch covers, from the one in its key on; in form 3 only
 *     per record:
 *       varint  offset less that of the record before, less 1; in forms 2 and 3 only
 *       f64     timestamp, unix ms
 *       varint  key length + 1, 0 for null
 *       varint  value length + 1, 0 for null
 *       varint  header count; per header: varint name length, name (UTF-8), varint length, bytes
 *       key, value
 *
 * The offset of the first record stands in the batch's key; in form 3 the first offset that is covered. A batch of form 3
 * may have no records.
 */
const CONSECUTIVE = 1
const WITH_HOLES = 2
const COVERING = 3
const CRC_AT = 1
const COUNT_AT = 5
const RECORDS_AT = 9

/** Bytes of a batch that do not say what a batch says. */
export class DamagedBatch extends Error {}

/** Size of a record in a batch, in bytes. */
export function recordBytes(record: LogRecord): number {
  const keyBytes = record.key === null ? 0 : record.key.length
  const valueBytes = record.value === null ? 0 : record.value.length
  let size = 8 + varintBytes(keyBytes + 1) + keyBytes + varintBytes(valueBytes + 1) + valueBytes
  if (record.headers === undefined) return size + 1
  let headerCount = 0
  for (const [name, header] of Object.entries(record.headers)) {
    const nameBytes = Buffer.byteLength(name)
    size += varintBytes(nameBytes) + nameBytes + varintBytes(header.length) + header.length
    headerCount++
  }
  return size + varintBytes(headerCount)
}

/** A batch of consecutive records, which have `bodyBytes` together. */
export function encodeRecordBatch(records: readonly LogRecord[], bodyBytes: number): Buffer {
  const target = Buffer.allocUnsafeSlow(RECORDS_AT + bodyBytes)
  let at = RECORDS_AT
  for (const record of records) at = writeRecord(target, at, record)
  return finish(target, CONSECUTIVE, records.length)
}

/** A batch of what compaction left of others. Each record has its offset, the first one that of the batch. */
export function encodeSparseBatch(records: readonly ReadRecord[]): Buffer {
  let bytes = RECORDS_AT
  let before = records[0].offset - 1
  for (const record of records) {
    bytes += varintBytes(record.offset - before - 1) + recordBytes(record)
    before = record.offset
  }
  const target = Buffer.allocUnsafeSlow(bytes)
  let at = RECORDS_AT
  before = records[0].offset - 1
  for (const record of records) {
    at = writeVarint(target, at, record.offset - before - 1)
    at = writeRecord(target, at, record)
    before = record.offset
  }
  return finish(target, WITH_HOLES, records.length)
}

/** What removal left of a batch that covers the offsets base to end - 1. */
export function encodeCoveringBatch(records: readonly ReadRecord[], base: number, end: number): Buffer {
  let bytes = RECORDS_AT + varintBytes(end - base)
  let before = base - 1
  for (const record of records) {
    bytes += varintBytes(record.offset - before - 1) + recordBytes(record)
    before = record.offset
  }
  const target = Buffer.allocUnsafeSlow(bytes)
  let at = writeVarint(target, RECORDS_AT, end - base)
  before = base - 1
  for (const record of records) {
    at = writeVarint(target, at, record.offset - before - 1)
    at = writeRecord(target, at, record)
    before = record.offset
  }
  return finish(target, COVERING, records.length)
}

/** Offset after the last one that a batch covers. The bytes must be those that `decodeRecordBatch` took. */
export function batchEnd(bytes: Uint8Array, base: number, records: readonly ReadRecord[]): number {
  if (bytes[0] !== COVERING) return records[records.length - 1].offset + 1
  return base + readVarint(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { at: RECORDS_AT })
}

function finish(target: Buffer, form: number, count: number): Buffer {
  target[0] = form
  target.writeUInt32LE(count, COUNT_AT)
  target.writeUInt32LE(crc32(target.subarray(COUNT_AT)), CRC_AT)
  return target
}

/**
 * The records of a batch whose first offset is `base`. Keys, values and headers are views into `bytes`.
 * Throws DamagedBatch.
 */
export function decodeRecordBatch(bytes: Uint8Array, base: number): ReadRecord[] {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (source.length < RECORDS_AT) throw new DamagedBatch(`it has ${source.length} bytes`)
  if (source[0] < CONSECUTIVE || source[0] > COVERING) throw new DamagedBatch(`it has the form ${source[0]}`)
  const found = crc32(source.subarray(COUNT_AT))
  const expected = source.readUInt32LE(CRC_AT)
  if (found !== expected) throw new DamagedBatch(`its checksum is ${hex(found)} and should be ${hex(expected)}`)
  return readRecords(source, base, source.readUInt32LE(COUNT_AT))
}

function writeRecord(target: Buffer, start: number, record: LogRecord): number {
  target.writeDoubleLE(record.timestamp, start)
  let at = writeVarint(target, start + 8, record.key === null ? 0 : record.key.length + 1)
  at = writeVarint(target, at, record.value === null ? 0 : record.value.length + 1)
  if (record.headers === undefined) {
    target[at++] = 0
  } else {
    const headers = Object.entries(record.headers)
    at = writeVarint(target, at, headers.length)
    for (const [name, header] of headers) {
      const nameBytes = Buffer.byteLength(name)
      at = writeVarint(target, at, nameBytes)
      target.write(name, at)
      at = writeVarint(target, at + nameBytes, header.length)
      target.set(header, at)
      at += header.length
    }
  }
  if (record.key !== null) {
    target.set(record.key, at)
    at += record.key.length
  }
  if (record.value !== null) {
    target.set(record.value, at)
    at += record.value.length
  }
  return at
}

function readRecords(source: Buffer, base: number, count: number): ReadRecord[] {
  const cursor = { at: RECORDS_AT }
  const records = Array.from<ReadRecord>({ length: count })
  const hasHoles = source[0] !== CONSECUTIVE
  if (source[0] === COVERING) readVarint(source, cursor)
  let offset = base - 1
  for (let index = 0; index < count; index++) {
    offset += hasHoles ? 1 + readVarint(source, cursor) : 1
    const timestamp = source.readDoubleLE(cursor.at)
    cursor.at += 8
    const keyBytes = readVarint(source, cursor) - 1
    const valueBytes = readVarint(source, cursor) - 1
    const headerCount = readVarint(source, cursor)
    const headers = headerCount === 0 ? undefined : readHeaders(source, cursor, headerCount)
    const key = readBytes(source, cursor, keyBytes)
    const value = readBytes(source, cursor, valueBytes)
    records[index] =
      headers === undefined ? { offset, key, value, timestamp } : { offset, key, value, headers, timestamp }
  }
  if (cursor.at !== source.length) throw new DamagedBatch(`its records end at byte ${cursor.at} of ${source.length}`)
  return records
}

function readHeaders(source: Buffer, cursor: { at: number }, count: number): Record<string, Uint8Array> {
  const entries: [string, Uint8Array][] = []
  for (let index = 0; index < count; index++) {
    const name = readBytes(source, cursor, readVarint(source, cursor))!.toString()
    entries.push([name, readBytes(source, cursor, readVarint(source, cursor))!])
  }
  return Object.fromEntries(entries)
}

function readBytes(source: Buffer, cursor: { at: number }, length: number): Buffer | null {
  if (length < 0) return null
  const from = cursor.at
  cursor.at += length
  return source.subarray(from, cursor.at)
}

function varintBytes(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 128)
  }
  target[at++] = rest
  return at
}

function readVarint(source: Buffer, cursor: { at: number }): number {
  let value = 0
  let unit = 1
  for (;;) {
    const byte = source[cursor.at++]
    if (byte < 0x80) return value + byte * unit
    value += (byte & 0x7f) * unit
    unit *= 128
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
