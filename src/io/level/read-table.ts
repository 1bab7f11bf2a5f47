import { uncompressSync } from 'snappy'
import { readVarint } from './read-varint.ts'

const FOOTER_BYTES = 48
const MAGIC = 0xdb4775248b80fb57n
/** u8 compression and u32 checksum behind each block. */
const SNAPPY = 1
/** u64 behind each key: sequence number and kind. */
const TAG_BYTES = 8

export interface StoredEntry {
  readonly key: Buffer
  /** Empty for a deletion. */
  readonly value: Buffer
}

/**
 * Every entry that the bytes of a table of LevelDB hold, superseded ones and deletions included. Throws Error for a file
 * that is no table. Format: doc/table_format.md of LevelDB.
 */
export function* readTable(bytes: Buffer): Generator<StoredEntry, void, undefined> {
  const footer = bytes.length - FOOTER_BYTES
  if (footer < 0 || bytes.readBigUInt64LE(bytes.length - 8) !== MAGIC) throw new Error('Cannot read a table: no magic')
  const cursor = { at: footer }
  readVarint(bytes, cursor)
  readVarint(bytes, cursor)
  const index = { offset: readVarint(bytes, cursor), size: readVarint(bytes, cursor) }
  for (const { value } of entriesOf(blockOf(bytes, index.offset, index.size))) {
    const handle = { at: 0 }
    const offset = readVarint(value, handle)
    const block = blockOf(bytes, offset, readVarint(value, handle))
    for (const { key, value: held } of entriesOf(block)) {
      yield { key: key.subarray(0, Math.max(0, key.length - TAG_BYTES)), value: held }
    }
  }
}

function blockOf(bytes: Buffer, offset: number, size: number): Buffer {
  const block = bytes.subarray(offset, offset + size)
  return bytes[offset + size] === SNAPPY ? (uncompressSync(block) as Buffer) : block
}

/** Keys share their beginnings with the key before. The restart points behind the entries are left out. */
function* entriesOf(block: Buffer): Generator<StoredEntry, void, undefined> {
  const end = block.length - 4 - 4 * block.readUInt32LE(block.length - 4)
  const cursor = { at: 0 }
  let before = Buffer.alloc(0)
  while (cursor.at < end) {
    const shared = readVarint(block, cursor)
    const ownBytes = readVarint(block, cursor)
    const valueBytes = readVarint(block, cursor)
    const valueAt = cursor.at + ownBytes
    const key = Buffer.concat([before.subarray(0, shared), block.subarray(cursor.at, valueAt)])
    cursor.at = valueAt + valueBytes
    yield { key, value: block.subarray(valueAt, cursor.at) }
    before = key
  }
}
