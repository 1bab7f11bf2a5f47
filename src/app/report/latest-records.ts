import type { Log, ReadRecord } from '../../io/log/log.ts'
import { readTopic } from './read-topic.ts'

/**
 * The latest record of each key of a compacted topic, whose older ones may still be there. Reads the topic twice, so
 * that only offsets are kept in memory.
 */
export async function* latestRecords(log: Log, topic: string): AsyncGenerator<ReadRecord & { partition: number }> {
  const latest = new Map<string, number>()
  for await (const record of readTopic(log, topic)) latest.set(nameOf(record), record.offset)
  for await (const record of readTopic(log, topic)) if (latest.get(nameOf(record)) === record.offset) yield record
}

function nameOf({ partition, key }: ReadRecord & { readonly partition: number }): string {
  return `${partition}/${key ? Buffer.from(key).toString('latin1') : ''}`
}
