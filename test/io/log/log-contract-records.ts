import * as fc from '../../support/fast-check.ts'
import { expect, vi } from 'vitest'
import type {
  GroupPosition,
  Log,
  LogRecord,
  LogSlice,
  LogTransaction,
  Membership,
  OutputRecord,
  ReadRecord,
  TopicSpec,
} from '../../../src/io/log/log.ts'

export const TOPICS: readonly TopicSpec[] = [
  { name: 'events', partitions: 3, cleanup: 'delete' },
  { name: 'states', partitions: 2, cleanup: 'compact' },
]
export const GROUP = 'tracker'

export interface Member extends Membership {
  /** What the listener was told, and what it made of it. */
  readonly events: string[]
}

export async function join(log: Log): Promise<Member> {
  const events: string[] = []
  const membership = await log.join(GROUP, 'events', {
    assigned: (partitions) => events.push(`assigned ${partitions.join(',')}`),
    revoked: (partitions) => events.push(`revoked ${partitions.join(',')}`),
  })
  return { events, held: () => membership.held(), leave: () => membership.leave() }
}

export function sorted(...members: readonly Membership[]): number[] {
  return members.flatMap((member) => member.held()).sort((left, right) => left - right)
}

/** Waits until a group has settled. */
export function settled(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 })
}

/** By a new writer, as a task does after a restart. */
export async function commit(log: Log, transaction: LogTransaction): Promise<void> {
  const writer = await log.openWriter('task')
  await writer.commit(transaction)
}

export function event(value: string, partition = 0): OutputRecord {
  return { topic: 'events', partition, key: Buffer.from('k'), value: Buffer.from(value), timestamp: 1_650_000_000_000 }
}

export function positionsAt(nextOffset: number): GroupPosition[] {
  return [{ topic: 'events', partition: 0, nextOffset }]
}

export function state(key: string | null, value: string | null, partition = 0): OutputRecord {
  return {
    topic: 'states',
    partition,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp: 1_650_000_000_000,
  }
}

export const bytesArbitrary = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 16_000, max: 70_000 }).map((length) => new Uint8Array(length).fill(length & 0xff)),
)

export const recordArbitrary: fc.Arbitrary<LogRecord> = fc.record(
  {
    key: fc.option(bytesArbitrary),
    value: fc.option(bytesArbitrary),
    headers: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 200 }), { maxKeys: 4 }),
    timestamp: fc.maxSafeInteger(),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)

/** Same for records that mean the same: without and with empty headers, Buffer and Uint8Array. */
export function comparable(record: LogRecord): unknown {
  const headers = Object.entries(record.headers ?? {}).map(([name, bytes]) => [name, hex(bytes)])
  return { key: hex(record.key), value: hex(record.value), headers, timestamp: record.timestamp }
}

export function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}

export function text(record: ReadRecord): string | null {
  return record.value === null ? null : Buffer.from(record.value).toString()
}

export function values(records: readonly ReadRecord[]): (string | null)[] {
  return records.map(text)
}

/** Value of the latest record of each key. */
export function latestOf(records: readonly ReadRecord[]): Record<string, string | null> {
  return Object.fromEntries(records.map((record) => [Buffer.from(record.key!).toString(), text(record)]))
}

/** What a reader gets who waits: empty only at the end. */
export async function readFrom(
  log: Log,
  topic: string,
  partition: number,
  offset: number,
  limit: number,
): Promise<LogSlice> {
  const end = await log.endOffset(topic, partition)
  for (;;) {
    const changed = log.changed()
    const slice = await log.read(topic, partition, offset, limit)
    if (slice.nextOffset > offset || offset >= end) return slice
    await changed
  }
}

/** All records up to the end of a partition. */
export async function readAll(log: Log, topic: string, partition: number): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  const end = await log.endOffset(topic, partition)
  for (let next = 0; next < end;) {
    const slice = await readFrom(log, topic, partition, next, 7)
    records.push(...slice.records)
    next = slice.nextOffset
  }
  return records
}

/** That a partition holds these values and no others, as soon as the last commit can be read. */
export async function expectValues(
  log: Log,
  topic: string,
  partition: number,
  expected: readonly (string | null)[],
): Promise<void> {
  await eventually(async () => expect(values(await readAll(log, topic, partition))).toEqual(expected))
}

/** At once in a log that shows what it has committed; a moment later in one that does so by and by. */
export function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 20 })
}
