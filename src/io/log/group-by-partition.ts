import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { LogRecord, OutputRecord } from './log.ts'
import type { Topic, TopicTable } from './topic-table.ts'

/** The records of one append that go to one partition. */
export interface PartitionGroup {
  readonly topic: Topic
  readonly partition: number
  readonly records: LogRecord[]
  /** Place of each record in the append. */
  readonly places: number[]
}

/** Checks the records of an append and sorts them by partition, their order kept. */
export function groupByPartition(
  action: string,
  records: readonly OutputRecord[],
  topics: TopicTable,
): PartitionGroup[] {
  const groups: PartitionGroup[] = []
  const byTopic = new Map<string, (PartitionGroup | undefined)[]>()
  for (let place = 0; place < records.length; place++) {
    const record = records[place]
    let partitions = byTopic.get(record.topic)
    if (partitions === undefined) byTopic.set(record.topic, (partitions = []))
    let group = partitions[record.partition]
    if (group === undefined) {
      const topic = topics.find(action, record.topic, record.partition)
      group = { topic, partition: record.partition, records: [], places: [] }
      partitions[record.partition] = group
      groups.push(group)
    }
    checkRecord(action, group.topic, record)
    group.records.push(record)
    group.places.push(place)
  }
  return groups
}

function checkRecord(action: string, topic: Topic, record: OutputRecord): void {
  if (record.key === null && topic.cleanup === 'compact') {
    throw new LifecycleError(
      'missing-key',
      `Cannot ${action} ${topic.name}/${record.partition}: the topic is compacted and the record has no key`,
    )
  }
  if (!Number.isSafeInteger(record.timestamp)) {
    throw new RangeError(
      `Cannot ${action} ${topic.name}/${record.partition}: the timestamp ${record.timestamp} is no whole number of ms`,
    )
  }
}
