import { describe, expect, test } from 'vitest'
import { EventIdIndex, type OnceRecord } from '../../../src/app/ingest/event-id-index.ts'
import type { Log, OutputRecord } from '../../../src/io/log/log.ts'
import { MemoryLog } from '../../../src/io/log/memory-log.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { FAILURE_SIDES, FailingWrites, WriteFailed } from '../../support/failing-writes.ts'

const TOPICS = ['in', 'other']

function once(identity: string, topic = 'in', partition = 0): OnceRecord {
  const record: OutputRecord = { topic, partition, key: null, value: Buffer.from(identity), timestamp: 0 }
  return { identity, record }
}

async function memoryLog(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.ensureTopics([
    { name: 'in', partitions: 2, cleanup: 'delete' },
    { name: 'other', partitions: 1, cleanup: 'delete' },
    { name: 'unrelated', partitions: 1, cleanup: 'delete' },
  ])
  return log
}

const open = (log: Log, store: MemoryStore) =>
  EventIdIndex.open(log, store, TOPICS, (_, { value }) => value && Buffer.from(value).toString())

async function valuesOf(log: Log, topic: string, partition = 0): Promise<string[]> {
  const { records } = await log.read(topic, partition, 0, 100_000)
  return records.map(({ value }) => Buffer.from(value!).toString())
}

describe('event id index', () => {
  test('appends each identity once, in the order given, within a call and over calls', async () => {
    const log = await memoryLog()
    const index = await open(log, new MemoryStore())
    expect(await index.appendNew([once('a'), once('b'), once('a'), once('c', 'other')])).toBe(1)
    expect(await index.appendNew([once('c', 'other'), once('d'), once('b')])).toBe(2)
    expect(await valuesOf(log, 'in')).toEqual(['a', 'b', 'd'])
    expect(await valuesOf(log, 'other')).toEqual(['c'])
  })

  test('knows what lies in the log without a store of its own, in all partitions of its topics', async () => {
    const log = await memoryLog()
    const many = Array.from({ length: 12_000 }, (_, i) =>
      once(`e${i}`, i % 3 === 0 ? 'other' : 'in', i % 3 === 1 ? 1 : 0),
    )
    await (await open(log, new MemoryStore())).appendNew(many)
    await log.append([{ ...once('x').record, topic: 'unrelated' }])
    const index = await open(log, new MemoryStore())
    expect(await index.appendNew(many)).toBe(12_000)
    expect(await index.appendNew([once('x')])).toBe(0)
  })

  test('reads from the log what somebody else appended since it was last open', async () => {
    const log = await memoryLog()
    const store = new MemoryStore()
    await (await open(log, store)).appendNew([once('a')])
    await log.append([once('b').record, once('c', 'in', 1).record])
    expect(await (await open(log, store)).appendNew([once('a'), once('b'), once('c', 'in', 1), once('d')])).toBe(3)
  })

  test('forgets what a log that lost its end does not hold any more', async () => {
    const store = new MemoryStore()
    await (await open(await memoryLog(), store)).appendNew([once('a'), once('b'), once('c', 'other')])
    const shorter = await memoryLog()
    await shorter.append([once('a').record, once('c', 'other').record])
    const index = await open(shorter, store)
    expect(await index.appendNew([once('a'), once('b'), once('c', 'other')])).toBe(2)
    expect(await valuesOf(shorter, 'in')).toEqual(['a', 'b'])
  })

  test('leaves out records that no reader wrote', async () => {
    const log = await memoryLog()
    await log.append([once('made by hand').record])
    const index = await EventIdIndex.open(log, new MemoryStore(), TOPICS, () => null)
    expect(await index.appendNew([once('made by hand')])).toBe(0)
  })

  test.each(FAILURE_SIDES)('appends each identity once when it dies in any write, %s it took effect', async (side) => {
    const rows = Array.from({ length: 30 }, (_, i) => once(`e${i % 20}`))
    for (let write = 1; write <= 4; write++) {
      const log = await memoryLog()
      const store = new MemoryStore()
      const failures = FailingWrites.crashAt(write, side)
      const dying = await EventIdIndex.open(failures.log(log), failures.store(store), TOPICS, () => null)
      const appendAll = async (index: EventIdIndex): Promise<void> => {
        for (let from = 0; from < rows.length; from += 10) await index.appendNew(rows.slice(from, from + 10))
      }
      await expect(appendAll(dying)).rejects.toThrow(WriteFailed)
      await appendAll(await open(log, store))
      expect(await valuesOf(log, 'in')).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`))
    }
  })
})
