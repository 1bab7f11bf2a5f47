import { createHash } from 'node:crypto'
import type { Log } from '../../src/io/log/log.ts'
import { latestRecords } from '../../src/app/report/latest-records.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'

/** A line per record by topic: position, timestamp, key, value, headers. Equal lines are equal bytes. */
export type TopicDump = Readonly<Record<string, readonly string[]>>

export async function dumpTopics(log: Log): Promise<TopicDump> {
  const dump: Record<string, string[]> = {}
  for (const { name, partitions, cleanup } of log.topics()) {
    const lines: string[] = []
    // What compaction has not taken away yet does not count.
    const records = cleanup === 'compact' ? latestRecords(log, name) : readTopic(log, name)
    for await (const { partition, offset, timestamp, key, value, headers } of records) {
      const named = Object.entries(headers ?? {}).map(([header, bytes]) => `${header}=${textOf(bytes)}`)
      lines.push([`${partition}@${offset}`, timestamp, textOf(key), textOf(value), ...named].join(' '))
    }
    // Records may be gone by compaction; the end says how many there were.
    for (let partition = 0; partition < partitions; partition++) {
      lines.push(`${partition} ends at ${await log.endOffset(name, partition)}`)
    }
    dump[name] = lines
  }
  return dump
}

/** Short bytes in hexadecimal, longer ones as their length and hash. */
function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  if (bytes.length <= 24) return Buffer.from(bytes).toString('hex') || 'empty'
  return `${bytes.length}:${createHash('sha256').update(bytes).digest('base64url')}`
}
