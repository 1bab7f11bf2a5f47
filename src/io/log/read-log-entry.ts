import { offsetOfKey, PARTITION_PREFIX_BYTES, partitionPrefix, TOPIC_KEYS, topicNameOf } from './log-keys.ts'
import type { ReadRecord } from './log.ts'
import { decodeRecordBatch } from './record-batch.ts'
import { decodeTopic } from './topic-table.ts'

export type LogEntry =
  | { readonly kind: 'topic'; readonly name: string; readonly topicId: number }
  | {
      readonly kind: 'batch'
      readonly topicId: number
      readonly partition: number
      readonly records: readonly ReadRecord[]
    }

const BATCH_TAG = partitionPrefix('batch', 0, 0)[0]
const TOPIC_TAG = TOPIC_KEYS.gte[0]

/** An entry of the embedded log's LevelDB; null for one of another kind, and for a deletion. Throws DamagedBatch. */
export function readLogEntry(key: Buffer, value: Buffer): LogEntry | null {
  if (value.length === 0) return null
  if (key[0] === TOPIC_TAG) {
    const { id, name } = decodeTopic(topicNameOf(key), value)
    return { kind: 'topic', name, topicId: id }
  }
  if (key[0] !== BATCH_TAG || key.length !== PARTITION_PREFIX_BYTES + 8) return null
  const records = decodeRecordBatch(value, offsetOfKey(key))
  return { kind: 'batch', topicId: key.readUInt16BE(1), partition: key.readUInt32BE(3), records }
}
