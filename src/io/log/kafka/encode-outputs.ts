import type { PartitionGroup } from '../group-by-partition.ts'
import { encodeRecords, recordBytesAtMost, type RecordSection } from './encode-record-batch.ts'

/** Brokers refuse batches above 1,048,588 bytes unless told otherwise. */
const MAX_BATCH_BYTES = 900_000

/** What goes to one partition: sections that become a batch each. */
export interface PartitionOutput {
  /** Name in Kafka. */
  readonly topic: string
  readonly partition: number
  readonly sections: readonly RecordSection[]
}

/** Cuts a partition's records into sections that fit a batch. Their bytes are copied. */
export function encodeOutput(topic: string, { partition, records }: PartitionGroup): PartitionOutput {
  const sections: RecordSection[] = []
  let from = 0
  let bytes = 0
  for (const [index, record] of records.entries()) {
    const size = recordBytesAtMost(record)
    if (bytes + size > MAX_BATCH_BYTES && index > from) {
      sections.push(encodeRecords(records, from, index))
      from = index
      bytes = 0
    }
    bytes += size
  }
  sections.push(encodeRecords(records, from, records.length))
  return { topic, partition, sections }
}
