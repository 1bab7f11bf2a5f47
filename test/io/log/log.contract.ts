import * as fc from '../../support/fast-check.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { Log } from '../../../src/io/log/log.ts'
import {
  GROUP,
  TOPICS,
  commit,
  comparable,
  event,
  eventually,
  expectValues,
  latestOf,
  positionsAt,
  readAll,
  readFrom,
  recordArbitrary,
  state,
  values,
} from './log-contract-records.ts'
import { logTasksContract } from './log-tasks.contract.ts'

/** A log on fresh storage. */
export interface LogFixture {
  readonly log: Log
  /** Closes the log and opens it again on the same storage; absent where nothing is durable. */
  readonly reopen?: () => Promise<Log>
  readonly dispose: () => Promise<void>
}

export interface LogTraits {
  readonly durable: boolean
  /**
   * Offsets without holes but those of compaction, and a commit can be read when it returns. A log with marks of its own
   * among the records promises order and nextOffset alone.
   */
  readonly dense: boolean
  /** Whether a record goes as soon as a later one supersedes it, and not at some later time. */
  readonly compactsAtOnce: boolean
}

/** Every implementation of the log port passes this suite. */
export function logContract(
  name: string,
  open: () => Promise<LogFixture>,
  { durable, dense, compactsAtOnce }: LogTraits,
): void {
  const whereDense = dense ? it : () => {}

  describe(`${name} as a log`, () => {
    let fixture: LogFixture

    const openWithTopics = async (): Promise<Log> => {
      fixture = await open()
      await fixture.log.ensureTopics(TOPICS)
      return fixture.log
    }

    afterEach(async () => {
      await fixture?.dispose()
    })

    describe('topics', () => {
      it('lists what was created and accepts the same topics again', async () => {
        const log = await openWithTopics()
        await log.ensureTopics([...TOPICS, { name: 'alerts', partitions: 1, cleanup: 'delete' }])
        expect(log.topics()).toEqual([...TOPICS, { name: 'alerts', partitions: 1, cleanup: 'delete' }])
      })

      it.each([
        { name: 'events', partitions: 4, cleanup: 'delete' },
        { name: 'events', partitions: 3, cleanup: 'compact' },
      ] as const)('refuses an existing topic with other settings: %o', async (spec) => {
        const log = await openWithTopics()
        await expect(log.ensureTopics([spec])).rejects.toMatchObject({ code: 'topic-mismatch' })
      })

      it('creates none of a list in which one is refused', async () => {
        const log = await openWithTopics()
        const specs = [
          { ...TOPICS[0], name: 'other' },
          { ...TOPICS[0], partitions: 9 },
        ]
        await expect(log.ensureTopics(specs)).rejects.toMatchObject({ code: 'topic-mismatch' })
        expect(log.topics()).toEqual(TOPICS)
      })

      it('refuses a partition count below one and an empty name', async () => {
        const log = await openWithTopics()
        await expect(log.ensureTopics([{ ...TOPICS[0], name: 'x', partitions: 0 }])).rejects.toThrow(RangeError)
        await expect(log.ensureTopics([{ ...TOPICS[0], name: '' }])).rejects.toThrow(TypeError)
      })

      it('refuses an unknown topic or partition in every operation', async () => {
        const log = await openWithTopics()
        for (const [topic, partition, code] of [
          ['nowhere', 0, 'unknown-topic'],
          ['events', 3, 'unknown-partition'],
          ['events', -1, 'unknown-partition'],
          ['events', 0.5, 'unknown-partition'],
        ] as const) {
          const output = { ...event('a'), topic, partition }
          const positions = [{ topic, partition, nextOffset: 1 }]
          await expect(log.append([output])).rejects.toMatchObject({ code })
          await expect(log.read(topic, partition, 0, 1)).rejects.toMatchObject({ code })
          await expect(log.endOffset(topic, partition)).rejects.toMatchObject({ code })
          await expect(log.startOffset(topic, partition)).rejects.toMatchObject({ code })
          await expect(log.committed(GROUP, topic, partition)).rejects.toMatchObject({ code })
          await expect(commit(log, { group: GROUP, outputs: [output], positions: [] })).rejects.toMatchObject({ code })
          await expect(commit(log, { group: GROUP, outputs: [], positions })).rejects.toMatchObject({ code })
        }
      })
    })

    describe('append and read', () => {
      whereDense('numbers the records of each partition from 0 and keeps the order of the append', async () => {
        const log = await openWithTopics()
        const offsets = await log.append([event('a', 0), event('b', 2), event('c', 0), event('d', 2), event('e', 2)])
        expect(offsets).toEqual([0, 0, 1, 1, 2])
        expect(await log.append([event('f', 2), event('g', 1)])).toEqual([3, 0])
        await expectValues(log, 'events', 0, ['a', 'c'])
        await expectValues(log, 'events', 2, ['b', 'd', 'e', 'f'])
        expect(await log.endOffset('events', 2)).toBe(4)
      })

      whereDense('reads from the middle of an append, across appends, and stops at the limit', async () => {
        const log = await openWithTopics()
        await log.append(Array.from({ length: 100 }, (_, index) => event(`a${index}`)))
        await log.append(Array.from({ length: 100 }, (_, index) => event(`b${index}`)))
        const slice = await log.read('events', 0, 98, 4)
        expect(values(slice.records)).toEqual(['a98', 'a99', 'b0', 'b1'])
        expect(slice.records.map((record) => record.offset)).toEqual([98, 99, 100, 101])
        expect(slice.nextOffset).toBe(102)
        const rest = await log.read('events', 0, 199, 50)
        expect(values(rest.records)).toEqual(['b99'])
        expect(rest.nextOffset).toBe(200)
      })

      whereDense('gives an empty slice at and beyond the end', async () => {
        const log = await openWithTopics()
        expect(await log.read('events', 0, 0, 10)).toEqual({ records: [], nextOffset: 0 })
        await log.append([event('a')])
        expect(await log.read('events', 0, 1, 10)).toEqual({ records: [], nextOffset: 1 })
        expect(await log.read('events', 0, 7, 10)).toEqual({ records: [], nextOffset: 7 })
      })

      it('accepts an empty append and an empty commit', async () => {
        const log = await openWithTopics()
        expect(await log.append([])).toEqual([])
        await commit(log, { group: GROUP, outputs: [], positions: [] })
        expect(await log.endOffset('events', 0)).toBe(0)
      })

      it('keeps the order of the records of a partition, and reads on where the last slice ended', async () => {
        const log = await openWithTopics()
        const first = await log.append(Array.from({ length: 100 }, (_, index) => event(`a${index}`)))
        await log.append(Array.from({ length: 100 }, (_, index) => event(`b${index}`)))
        await log.append([event('other', 1)])
        const expected = ['a', 'b'].flatMap((name) => Array.from({ length: 100 }, (_, index) => `${name}${index}`))
        await expectValues(log, 'events', 0, expected)
        const offsets = (await readAll(log, 'events', 0)).map(({ offset }) => offset)
        expect(offsets).toEqual([...offsets].sort((left, right) => left - right))
        expect(offsets.slice(0, 100)).toEqual(first)
        const { records } = await readFrom(log, 'events', 0, first[98], 2)
        expect(values(records)).toEqual(['a98', 'a99'])
        // Back again, as a restart does.
        expect(values((await readFrom(log, 'events', 0, first[3], 1)).records)).toEqual(['a3'])
      })

      it('ends every reading at the end offset, whatever lies before it', async () => {
        const log = await openWithTopics()
        await log.append([state('a', '1'), state('b', '2')])
        await commit(log, { group: GROUP, outputs: [state('a', '3')], positions: [] })
        await commit(log, { group: GROUP, outputs: [state('b', null)], positions: positionsAt(1) })
        await eventually(async () => {
          expect(latestOf(await readAll(log, 'states', 0))).toEqual({ a: '3', b: null })
        })
        const end = await log.endOffset('states', 0)
        const slice = await readFrom(log, 'states', 0, end, 5)
        expect(slice).toEqual({ records: [], nextOffset: end })
        expect(await log.startOffset('states', 0)).toBe(0)
      })

      it('keeps the bytes of the moment of the call when the caller reuses its buffers', async () => {
        const log = await openWithTopics()
        const value = Buffer.from('before')
        const appended = log.append([{ ...event('x'), value }])
        value.fill(0)
        expect(await appended).toHaveLength(1)
        await expectValues(log, 'events', 0, ['before'])
      })

      it('appends nothing when one record of several is refused', async () => {
        const log = await openWithTopics()
        await expect(log.append([event('a'), { ...event('b'), topic: 'nowhere' }])).rejects.toThrow('no topic nowhere')
        await expect(log.append([event('a'), state(null, 'b')])).rejects.toMatchObject({ code: 'missing-key' })
        expect(await log.endOffset('events', 0)).toBe(0)
      })

      it('refuses a timestamp that is no whole number', async () => {
        const log = await openWithTopics()
        await expect(log.append([{ ...event('a'), timestamp: Number.NaN }])).rejects.toThrow(RangeError)
        await expect(log.append([{ ...event('a'), timestamp: 1.5 }])).rejects.toThrow(RangeError)
      })

      it('refuses an offset or limit that is none', async () => {
        const log = await openWithTopics()
        for (const offset of [-1, 0.5, Number.NaN]) {
          await expect(log.read('events', 0, offset, 1)).rejects.toThrow(RangeError)
        }
        for (const limit of [0, -1, 1.5]) await expect(log.read('events', 0, 0, limit)).rejects.toThrow(RangeError)
      })

      whereDense('serialises concurrent appends in the order of the calls', async () => {
        const log = await openWithTopics()
        const appends = Array.from({ length: 50 }, (_, index) =>
          log.append([event(`${index}-0`), event(`${index}-1`), state(`k${index % 3}`, `${index}`)]),
        )
        const offsets = await Promise.all(appends)
        expect(offsets).toEqual(offsets.map((_, index) => [2 * index, 2 * index + 1, index]))
        const expected = offsets.flatMap((_, index) => [`${index}-0`, `${index}-1`])
        expect(values(await readAll(log, 'events', 0))).toEqual(expected)
        expect(latestOf(await readAll(log, 'states', 0))).toEqual({ k0: '48', k1: '49', k2: '47' })
      })

      whereDense('goes on after a refused append', async () => {
        const log = await openWithTopics()
        const refused = log.append([state(null, 'x')])
        const accepted = log.append([event('a')])
        await expect(refused).rejects.toMatchObject({ code: 'missing-key' })
        expect(await accepted).toEqual([0])
      })

      whereDense('gives back every byte, whatever the records are', async () => {
        const log = await openWithTopics()
        let from = 0
        await fc.assert(
          fc.asyncProperty(fc.array(recordArbitrary, { minLength: 1, maxLength: 8 }), async (records) => {
            await log.append(records.map((record) => ({ ...record, topic: 'events', partition: 1 })))
            const { records: read, nextOffset } = await log.read('events', 1, from, 100)
            expect(read.map(comparable)).toEqual(records.map(comparable))
            from = nextOffset
          }),
          { numRuns: 200 },
        )
      })

      whereDense('carries a value of 8 MiB among small ones', async () => {
        const log = await openWithTopics()
        const big = Buffer.alloc(8 * 1024 * 1024, 7)
        await log.append([event('a'), { ...event('b'), value: big }, event('c')])
        const { records } = await log.read('events', 0, 1, 5)
        expect(Buffer.compare(records[0].value!, big)).toBe(0)
        expect(values(records.slice(1))).toEqual(['c'])
      })
    })

    describe('commit', () => {
      it('shows outputs and positions together', async () => {
        const log = await openWithTopics()
        expect(await log.committed(GROUP, 'events', 0)).toBeNull()
        await commit(log, {
          group: GROUP,
          outputs: [event('a', 1), state('u', 'b')],
          positions: [
            { topic: 'events', partition: 0, nextOffset: 17 },
            { topic: 'events', partition: 2, nextOffset: 2 ** 40 },
          ],
        })
        await expectValues(log, 'events', 1, ['a'])
        await expectValues(log, 'states', 0, ['b'])
        expect(await log.committed(GROUP, 'events', 0)).toBe(17)
        expect(await log.committed(GROUP, 'events', 2)).toBe(2 ** 40)
        expect(await log.committed(GROUP, 'events', 1)).toBeNull()
        expect(await log.committed('other', 'events', 0)).toBeNull()
      })

      it('keeps groups apart whose names begin alike, and moves a position back when told', async () => {
        const log = await openWithTopics()
        await commit(log, { group: 'a', outputs: [], positions: positionsAt(5) })
        await commit(log, { group: 'ab', outputs: [], positions: positionsAt(6) })
        await commit(log, { group: 'a', outputs: [], positions: positionsAt(2) })
        expect(await log.committed('a', 'events', 0)).toBe(2)
        expect(await log.committed('ab', 'events', 0)).toBe(6)
      })

      it('changes nothing when an output or a position is refused', async () => {
        const log = await openWithTopics()
        const positions = [{ topic: 'events', partition: 0, nextOffset: 1 }]
        const badOutput = commit(log, { group: GROUP, outputs: [event('a'), state(null, 'b')], positions })
        await expect(badOutput).rejects.toMatchObject({ code: 'missing-key' })
        const badPosition = commit(log, {
          group: GROUP,
          outputs: [event('a')],
          positions: [...positions, { topic: 'events', partition: 1, nextOffset: -1 }],
        })
        await expect(badPosition).rejects.toThrow(RangeError)
        expect(await log.endOffset('events', 0)).toBe(0)
        expect(await log.committed(GROUP, 'events', 0)).toBeNull()
      })
    })

    logTasksContract(openWithTopics, compactsAtOnce)

    describe('changed', () => {
      whereDense('resolves for all who wait after an append, and again only after the next', async () => {
        const log = await openWithTopics()
        const waiting = [log.changed(), log.changed()]
        await log.append([event('a')])
        await Promise.all(waiting)
        const later = log.changed().then(() => 'changed')
        const pause = new Promise((resolve) => setTimeout(resolve, 20, 'nothing'))
        expect(await Promise.race([later, pause])).toBe('nothing')
        await commit(log, { group: GROUP, outputs: [], positions: positionsAt(1) })
        expect(await later).toBe('changed')
      })

      it('resolves when the log closes, and at once afterwards', async () => {
        const log = await openWithTopics()
        const waiting = log.changed()
        await log.close()
        await expect(waiting).resolves.toBeUndefined()
        await expect(log.changed()).resolves.toBeUndefined()
      })
    })

    describe('close', () => {
      it('refuses every later operation and may be called twice', async () => {
        const log = await openWithTopics()
        await log.close()
        await log.close()
        const closed = { code: 'closed' }
        await expect(log.append([event('a')])).rejects.toMatchObject(closed)
        await expect(log.read('events', 0, 0, 1)).rejects.toMatchObject(closed)
        await expect(log.endOffset('events', 0)).rejects.toMatchObject(closed)
        await expect(log.committed(GROUP, 'events', 0)).rejects.toMatchObject(closed)
        await expect(log.ensureTopics(TOPICS)).rejects.toMatchObject(closed)
        await expect(commit(log, { group: GROUP, outputs: [], positions: [] })).rejects.toMatchObject(closed)
      })

      whereDense('finishes the appends that it accepted', async () => {
        const log = await openWithTopics()
        const appends = Array.from({ length: 20 }, (_, index) => log.append([event(`${index}`)]))
        await log.close()
        expect((await Promise.all(appends)).flat()).toEqual(appends.map((_, index) => index))
      })
    })

    const whereDurable = durable ? describe : () => {}
    whereDurable('reopen', () => {
      it('finds topics, records and positions as they were, and goes on', async () => {
        let log = await openWithTopics()
        await log.append([event('a'), state('k', '1')])
        await commit(log, { group: GROUP, outputs: [event('b')], positions: positionsAt(3) })
        const { id } = log
        log = await fixture.reopen!()
        await log.ensureTopics(TOPICS)
        expect(log.id).toBe(id)
        expect(await log.committed(GROUP, 'events', 0)).toBe(3)
        await log.append([event('c')])
        await expectValues(log, 'events', 0, ['a', 'b', 'c'])
        await expectValues(log, 'states', 0, ['1'])
      })

      whereDense('finds topics, ends, records, holes and positions as they were', async () => {
        let log = await openWithTopics()
        await log.append(Array.from({ length: 10 }, (_, index) => event(`${index}`, index % 2)))
        await log.append([state('a', '0'), state('b', '1'), state('a', null)])
        await commit(log, {
          group: GROUP,
          outputs: [event('last', 0)],
          positions: [{ topic: 'events', partition: 2, nextOffset: 3 }],
        })
        log = await fixture.reopen!()
        expect(log.topics()).toEqual(TOPICS)
        await expectValues(log, 'events', 0, ['0', '2', '4', '6', '8', 'last'])
        expect(latestOf(await readAll(log, 'states', 0))).toEqual({ a: null, b: '1' })
        expect(await log.committed(GROUP, 'events', 2)).toBe(3)
        expect(await log.append([event('x', 0), event('y', 2), state('b', '3')])).toEqual([6, 0, 3])
        expect(latestOf(await readAll(log, 'states', 0))).toEqual({ a: null, b: '3' })
      })
    })
  })
}
