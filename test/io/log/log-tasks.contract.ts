import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import type { Log, LogTransaction } from '../../../src/io/log/log.ts'
import {
  GROUP,
  event,
  expectValues,
  join,
  positionsAt,
  readAll,
  settled,
  sorted,
  state,
  text,
  values,
} from './log-contract-records.ts'

/** How tasks share a log: writers that fence each other, and groups; and compaction where it happens at once. */
export function logTasksContract(openWithTopics: () => Promise<Log>, compactsAtOnce: boolean): void {
  describe('writers', () => {
    const transaction: LogTransaction = { group: GROUP, outputs: [event('x')], positions: positionsAt(1) }

    it('fence the earlier writer of their task, which leaves nothing', async () => {
      const log = await openWithTopics()
      const first = await log.openWriter('a')
      await first.commit({ group: GROUP, outputs: [event('1')], positions: positionsAt(7) })
      const second = await log.openWriter('a')
      await expect(first.commit(transaction)).rejects.toMatchObject({ code: 'fenced' })
      await second.commit({ group: GROUP, outputs: [event('2')], positions: positionsAt(8) })
      await expect(first.commit(transaction)).rejects.toMatchObject({ code: 'fenced' })
      await expectValues(log, 'events', 0, ['1', '2'])
      expect(await log.committed(GROUP, 'events', 0)).toBe(8)
      await first.close()
      await second.close()
    })

    it('tell the offset of each output', async () => {
      const log = await openWithTopics()
      const writer = await log.openWriter('a')
      const outputs = [event('a'), state('k', '1'), event('b', 1), event('c')]
      const offsets = await writer.commit({ group: GROUP, outputs, positions: [] })
      await expectValues(log, 'events', 0, ['a', 'c'])
      const [a, c] = await readAll(log, 'events', 0)
      const [b] = await readAll(log, 'events', 1)
      const [k] = await readAll(log, 'states', 0)
      expect(offsets).toEqual([a.offset, k.offset, b.offset, c.offset])
    })

    it('of other tasks go on', async () => {
      const log = await openWithTopics()
      const first = await log.openWriter('a')
      const other = await log.openWriter('b')
      await first.commit({ group: GROUP, outputs: [event('1')], positions: [] })
      await other.commit({ group: GROUP, outputs: [event('2')], positions: [] })
      await first.commit({ group: GROUP, outputs: [event('3')], positions: [] })
      await expectValues(log, 'events', 0, ['1', '2', '3'])
    })
  })

  describe('groups', () => {
    it('give the only member every partition, and others their share, each partition to one', async () => {
      const log = await openWithTopics()
      const first = await join(log)
      await settled(() => expect(first.held()).toEqual([0, 1, 2]))
      const second = await join(log)
      await settled(() => expect(sorted(first, second)).toEqual([0, 1, 2]))
      await settled(() => expect(second.held().length).toBeGreaterThan(0))
      expect(first.events.slice(0, 1)).toEqual(['assigned 0,1,2'])
      expect(first.events.some((line) => line.startsWith('revoked'))).toBe(true)
      const third = await join(log)
      await settled(() => {
        expect(sorted(first, second, third)).toEqual([0, 1, 2])
        for (const member of [first, second, third]) expect(member.held()).toHaveLength(1)
      })
      await second.leave()
      await settled(() => expect(sorted(first, third)).toEqual([0, 1, 2]))
      await first.leave()
      await settled(() => expect(third.held()).toEqual([0, 1, 2]))
      await third.leave()
    })

    it('are apart from each other, and refuse an unknown topic', async () => {
      const log = await openWithTopics()
      const listener = { assigned: () => {}, revoked: () => {} }
      const first = await log.join('a', 'events', listener)
      const second = await log.join('b', 'events', listener)
      await settled(() => {
        expect(first.held()).toEqual([0, 1, 2])
        expect(second.held()).toEqual([0, 1, 2])
      })
      await expect(log.join('a', 'nowhere', listener)).rejects.toMatchObject({ code: 'unknown-topic' })
      await first.leave()
      await second.leave()
    })
  })

  const whereAtOnce = compactsAtOnce ? describe : () => {}
  whereAtOnce('compaction', () => {
    it('keeps the latest record of each key at its own offset and leaves holes', async () => {
      const log = await openWithTopics()
      await log.append([state('a', '1'), state('b', '2'), state('c', '3')])
      expect(await log.append([state('a', '4')])).toEqual([3])
      const slice = await log.read('states', 0, 0, 10)
      expect(slice.records.map((record) => [record.offset, text(record)])).toEqual([
        [1, '2'],
        [2, '3'],
        [3, '4'],
      ])
      expect(slice.nextOffset).toBe(4)
    })

    it('goes on behind holes, also when a slice ends before one', async () => {
      const log = await openWithTopics()
      await log.append([state('a', '0'), state('b', '1'), state('c', '2'), state('a', '3'), state('b', '4')])
      const first = await log.read('states', 0, 0, 2)
      expect(values(first.records)).toEqual(['2', '3'])
      const second = await log.read('states', 0, first.nextOffset, 2)
      expect(values(second.records)).toEqual(['4'])
      expect(second.nextOffset).toBe(5)
    })

    it('keeps only the last of several records of one key in one append, each with its offset', async () => {
      const log = await openWithTopics()
      const offsets = await log.append([state('a', '0'), state('a', '1'), state('b', '2'), state('a', '3')])
      expect(offsets).toEqual([0, 1, 2, 3])
      await expectValues(log, 'states', 0, ['2', '3'])
      await log.append([state('a', '4'), state('a', '5')])
      await expectValues(log, 'states', 0, ['2', '5'])
      expect(await log.endOffset('states', 0)).toBe(6)
    })

    it('shows a tombstone to readers who follow, until the key returns', async () => {
      const log = await openWithTopics()
      await log.append([state('a', '0'), state('b', '1')])
      await log.append([state('a', null)])
      const slice = await log.read('states', 0, 0, 10)
      expect(slice.records.map((record) => [record.offset, text(record)])).toEqual([
        [1, '1'],
        [2, null],
      ])
      await log.append([state('a', '3')])
      await expectValues(log, 'states', 0, ['1', '3'])
    })

    it('compacts inside a partition, not across partitions', async () => {
      const log = await openWithTopics()
      await log.append([state('a', '0', 0), state('a', '1', 1)])
      await expectValues(log, 'states', 0, ['0'])
      await expectValues(log, 'states', 1, ['1'])
    })

    it('gives empty and binary keys their own records', async () => {
      const log = await openWithTopics()
      const keys = [Buffer.alloc(0), Buffer.from([0]), Buffer.from([0, 0]), Buffer.from([0xff, 0x80])]
      for (const round of ['old', 'new']) {
        await log.append(keys.map((key) => ({ ...state('', round), key })))
      }
      const { records } = await log.read('states', 0, 0, 100)
      expect(records.map((record) => Buffer.from(record.key!))).toEqual(keys)
      expect(values(records)).toEqual(['new', 'new', 'new', 'new'])
    })

    it('agrees with a map of the latest records, whatever is appended', async () => {
      const log = await openWithTopics()
      const latest = new Map<string, [number, string | null]>()
      const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.string({ maxLength: 3 })))
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
          const offsets = await log.append(changes.map(([key, value]) => state(key, value)))
          for (const [index, [key, value]] of changes.entries()) latest.set(key, [offsets[index], value])
          const { records } = await log.read('states', 0, 0, 100)
          const found = records.map((record) => [record.offset, text(record)])
          expect(found).toEqual([...latest.values()].sort((left, right) => left[0] - right[0]))
        }),
        { numRuns: 100 },
      )
    })
  })
}
