import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, Partitioners, type Transaction } from 'kafkajs'
import { onTestFinished } from 'vitest'
import { openKafkaLog } from '../../../src/io/log/kafka/kafka-log.ts'
import type { KafkaSettings } from '../../../src/io/log/kafka/kafka-settings.ts'
import type { GroupPosition, Log, OutputRecord, ReadRecord, TopicSpec } from '../../../src/io/log/log.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { QUIET_LOGGER, testKafkaSettings } from './kafka-settings.ts'

/** Topics and records of the tests that ask the Kafka log for more than the contract of all logs. */
export const TOPICS: readonly TopicSpec[] = [
  { name: 'events', partitions: 3, cleanup: 'delete' },
  { name: 'states', partitions: 1, cleanup: 'compact' },
]
export const GROUP = 'tracker'

/** Settings of an application that shares nothing with those of other tests. */
export function ownSettings(cluster: KafkaCluster, change: Partial<KafkaSettings> = {}): KafkaSettings {
  return testKafkaSettings(cluster, { application: randomUUID(), prefix: `${randomUUID()}.`, ...change })
}

/** A log with the topics, closed when the running test ends. */
export async function openLog(settings: KafkaSettings): Promise<Log> {
  const log = await openKafkaLog(settings, QUIET_LOGGER, { mayCreateTopics: true })
  onTestFinished(() => log.close())
  await log.ensureTopics(TOPICS)
  return log
}

/** An open transaction of a producer that is not this program's. */
export async function beginElsewhere(cluster: KafkaCluster, transactionalId: string): Promise<Transaction> {
  const kafka = new Kafka({ brokers: [...cluster.bootstrapServers], logLevel: logLevel.NOTHING })
  const createPartitioner = Partitioners.DefaultPartitioner
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, createPartitioner })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer.transaction()
}

export function message(value: string) {
  return { partition: 0, key: Buffer.from('k'), value: Buffer.from(value) }
}

export function event(value: string, partition = 0): OutputRecord {
  return { topic: 'events', partition, key: Buffer.from('k'), value: Buffer.from(value), timestamp: 1_650_000_000_000 }
}

export function state(key: string, value: string): OutputRecord {
  return { ...event(value), topic: 'states', key: Buffer.from(key) }
}

export function positions(nextOffset: number): GroupPosition[] {
  return [{ topic: 'events', partition: 0, nextOffset }]
}

export function textOf({ value }: ReadRecord): string | null {
  return value && Buffer.from(value).toString()
}

/** Everything from an offset up to the end of this moment. */
export async function recordsOf(log: Log, topic = 'events', partition = 0, from = 0): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  const end = await log.endOffset(topic, partition)
  for (let offset = from; offset < end;) {
    const changed = log.changed()
    const slice = await log.read(topic, partition, offset, 64)
    if (slice.nextOffset === offset) await changed
    offset = slice.nextOffset
    records.push(...slice.records)
  }
  return records
}

export async function valuesOf(log: Log, topic = 'events', partition = 0, from = 0): Promise<(string | null)[]> {
  return (await recordsOf(log, topic, partition, from)).map(textOf)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
