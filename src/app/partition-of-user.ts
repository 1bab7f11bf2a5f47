import type { Log } from '../io/log/log.ts'
import { partitionOf } from './partition-of.ts'
import { readTopic } from './report/read-topic.ts'
import { TOPICS } from './topics.ts'

/**
 * Producers of their own may partition otherwise: where there is a published state, its partition is the user's. Reads
 * user-states up to it.
 */
export async function partitionOfUser(log: Log, userId: string): Promise<number> {
  const key = Buffer.from(userId)
  for await (const record of readTopic(log, TOPICS.userStates)) {
    if (record.value && record.key && Buffer.compare(record.key, key) === 0) return record.partition
  }
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 1
  return partitionOf(userId, partitions)
}
