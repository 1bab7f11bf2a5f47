/**
 * LevelDB keys of the embedded log. Numbers are big-endian, so that byte order is offset order.
 *
 *     f                                        format version
 *     i                                        id of the log
 *     t <topic name>                           topic: id, partitions, clean-up
 *     b <topic u16> <partition u32> <base u64> batch of records, by the offset of its first one
 *     c <topic u16> <partition u32>            offset up to which a partition of a `compact` topic has been compacted
 *     p <topic u16> <partition u32> <group>    committed position of a consumer group
 *     s <topic u16> <partition u32>            offset at which the partition begins since records were removed
 *     m <topic u16> <partition u32> <ms u64>   end offset at a time, unix ms
 *     byte 0, byte 255                         nothing: see embedded-upkeep.ts
 */
export type PartitionKind = 'batch' | 'compacted' | 'position' | 'start' | 'mark'

const TAGS: Readonly<Record<PartitionKind, number>> = {
  batch: 0x62,
  compacted: 0x63,
  position: 0x70,
  start: 0x73,
  mark: 0x6d,
}
const TOPIC_TAG = 0x74
/** Bytes before the part of a key that differs inside a partition. */
export const PARTITION_PREFIX_BYTES = 7
const OFFSET_BYTES = 8
const TWO_POW_32 = 2 ** 32

export const FORMAT_KEY = Buffer.from('f')
export const ID_KEY = Buffer.from('i')
/** First and last possible topic key. */
export const TOPIC_KEYS = { gte: Buffer.from([TOPIC_TAG]), lt: Buffer.from([TOPIC_TAG + 1]) }

export function topicKey(name: string): Buffer {
  return Buffer.concat([Buffer.from([TOPIC_TAG]), Buffer.from(name)])
}

export function topicNameOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString()
}

export function partitionPrefix(kind: PartitionKind, topicId: number, partition: number): Buffer {
  const prefix = Buffer.allocUnsafe(PARTITION_PREFIX_BYTES)
  prefix[0] = TAGS[kind]
  prefix.writeUInt16BE(topicId, 1)
  prefix.writeUInt32BE(partition, 3)
  return prefix
}

/** Key of a batch or a mark: the prefix, and an offset or a time below 2^53. */
export function offsetKey(prefix: Uint8Array, offset: number): Buffer {
  const key = Buffer.allocUnsafe(PARTITION_PREFIX_BYTES + OFFSET_BYTES)
  key.set(prefix, 0)
  writeOffset(key, offset, PARTITION_PREFIX_BYTES)
  return key
}

export function offsetOfKey(key: Uint8Array): number {
  return readOffset(key, PARTITION_PREFIX_BYTES)
}

/** Key under which a group's name stands in a partition. */
export function freeKey(prefix: Uint8Array, rest: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(PARTITION_PREFIX_BYTES + rest.length)
  key.set(prefix, 0)
  key.set(rest, PARTITION_PREFIX_BYTES)
  return key
}

/** An offset as the value of a key: 8 bytes, big-endian. */
export function offsetValue(offset: number): Buffer {
  const value = Buffer.allocUnsafe(OFFSET_BYTES)
  writeOffset(value, offset, 0)
  return value
}

export function readOffset(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint32(at) * TWO_POW_32 + view.getUint32(at + 4)
}

function writeOffset(target: Buffer, offset: number, at: number): void {
  target.writeUInt32BE(Math.floor(offset / TWO_POW_32), at)
  target.writeUInt32BE(offset % TWO_POW_32, at + 4)
}
