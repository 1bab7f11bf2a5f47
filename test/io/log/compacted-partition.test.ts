import * as fc from '../../support/fast-check.ts'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CompactedPartition } from '../../../src/io/log/compacted-partition.ts'
import type { ReadRecord } from '../../../src/io/log/log.ts'
import { type Level, openLevel } from '../../../src/io/level/open-level.ts'
import type { LevelOperation } from '../../../src/io/log/stored-partition.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const TOPIC = { id: 7, name: 'states', partitions: 1, cleanup: 'compact' } as const

describe('compacted partition', () => {
  let level: Level
  beforeEach(async () => {
    level = await openLevel('a partition', join(await temporaryFolder(), 'level'), { writeBufferSize: 1 << 20 })
  })
  afterEach(() => level.close())

  const store = async (operations: readonly LevelOperation[]): Promise<boolean> => {
    await level.batch(operations.map((operation) => ({ ...operation })))
    return true
  }

  async function opened(): Promise<CompactedPartition> {
    const partition = new CompactedPartition(level, TOPIC, 0)
    await partition.recover()
    return partition
  }

  async function append(partition: CompactedPartition, changes: readonly (readonly [string, string | null])[]) {
    const records = changes.map(([key, value], i) => ({
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: i,
    }))
    const plan = await partition.prepare(records).plan()
    await store(plan.operations)
    return plan.publish()
  }

  async function readAll(partition: CompactedPartition, limit = 3): Promise<ReadRecord[]> {
    const records: ReadRecord[] = []
    for (let offset = 0; offset < partition.endOffset;) {
      const slice = await partition.read(offset, limit)
      records.push(...slice.records)
      expect(slice.nextOffset).toBeGreaterThan(offset)
      offset = slice.nextOffset
    }
    return records
  }

  const lineOf = ({ offset, key, value }: ReadRecord) =>
    `${offset} ${String(key)}=${value === null ? 'null' : String(value)}`

  test('loses superseded records and no others, which keep their offsets', async () => {
    const partition = await opened()
    await append(partition, [
      ['a', '0'],
      ['b', '1'],
      ['a', '2'],
    ])
    await append(partition, [
      ['c', '3'],
      ['b', null],
    ])
    await partition.compact(store)
    expect((await readAll(partition)).map(lineOf)).toEqual(['2 a=2', '3 c=3', '4 b=null'])
    expect(partition.endOffset).toBe(5)
    expect((await partition.read(3, 10)).records.map(lineOf)).toEqual(['3 c=3', '4 b=null'])
  })

  test('has one record of each key, the latest, after any appends and compactions, and when it is opened again', async () => {
    const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.option(fc.string({ maxLength: 3 })))
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), changes: fc.array(change, { minLength: 1, maxLength: 6 }) }),
      fc.record({ kind: fc.constant('compact' as const) }),
      fc.record({ kind: fc.constant('reopen' as const) }),
      // The process dies before one of the writes of a compaction.
      fc.record({ kind: fc.constant('die' as const), writes: fc.nat(2) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await level.clear()
        let partition = await opened()
        const latest = new Map<string, string>()
        const firsts: [number, number][] = []
        let end = 0
        for (const next of steps) {
          if (next.kind === 'append') {
            firsts.push([await append(partition, next.changes), end])
            for (const [key, value] of next.changes) latest.set(key, `${end++} ${key}=${value ?? 'null'}`)
          } else if (next.kind === 'compact') await partition.compact(store)
          else if (next.kind === 'die') {
            let left = next.writes
            await partition.compact(async (operations) => left-- > 0 && store(operations))
            partition = await opened()
          } else partition = await opened()
          expect(partition.endOffset).toBe(end)
          const found = new Map((await readAll(partition)).map((record) => [String(record.key), lineOf(record)]))
          expect(found).toEqual(latest)
        }
        for (const [first, wanted] of firsts) expect(first).toBe(wanted)
        await partition.compact(store)
        expect((await readAll(partition)).map(lineOf).sort()).toEqual([...latest.values()].sort())
      }),
      { numRuns: 150 },
    )
  })

  test('keeps what is appended while it compacts', async () => {
    const partition = await opened()
    for (let round = 0; round < 5; round++)
      await append(partition, [
        ['a', `${round}`],
        ['b', `${round}`],
      ])
    let appended = false
    await partition.compact(async (operations) => {
      if (!appended) {
        appended = true
        await append(partition, [['a', 'new']])
      }
      return store(operations)
    })
    const latest = new Map((await readAll(partition)).map((record) => [String(record.key), lineOf(record)]))
    expect([...latest.values()]).toEqual(['10 a=new', '9 b=4'])
    await partition.compact(store)
    expect((await readAll(partition)).map(lineOf)).toEqual(['9 b=4', '10 a=new'])
  })

  test('is due when as much has been appended as was left, and at least so much', async () => {
    const partition = await opened()
    expect(partition.isDue(1)).toBe(false)
    await append(partition, [['a', 'x'.repeat(1000)]])
    expect(partition.isDue(2000)).toBe(false)
    expect(partition.isDue(1000)).toBe(true)
    await partition.compact(store)
    expect(partition.isDue(1)).toBe(false)
    await append(partition, [['b', 'x'.repeat(400)]])
    expect(partition.isDue(1)).toBe(false)
    await append(partition, [['b', 'x'.repeat(700)]])
    expect(partition.isDue(1)).toBe(true)
  })

  test('writes large batches again only when they lose something', async () => {
    const partition = await opened()
    const big = (name: string) => Array.from({ length: 700 }, (_, i) => [`${name}${i}`, 'x'.repeat(1000)] as const)
    await append(partition, big('a'))
    await append(partition, big('b'))
    const deleted: number[] = []
    const counting = async (operations: readonly LevelOperation[]) => {
      deleted.push(operations.filter(({ type }) => type === 'del').length)
      return store(operations)
    }
    await partition.compact(counting)
    expect(deleted).toEqual([0])
    await append(partition, big('b'))
    await partition.compact(counting)
    expect((await readAll(partition, 1000)).length).toBe(1400)
  })
})
