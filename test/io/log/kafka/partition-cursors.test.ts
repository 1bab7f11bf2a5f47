import { describe, expect, it } from 'vitest'
import { PartitionCursor } from '../../../../src/io/log/kafka/partition-cursor.ts'
import { PartitionCursors } from '../../../../src/io/log/kafka/partition-cursors.ts'

function records(from: number, to: number, bytes = 1) {
  return Array.from({ length: to - from }, (_, index) => {
    return { offset: from + index, key: null, value: Buffer.alloc(bytes), timestamp: 1 }
  })
}

describe('partition cursor', () => {
  it('gives what it has and goes on behind holes at the end', () => {
    const cursor = new PartitionCursor('t', 0, 5, 0)
    expect(cursor.take(10)).toEqual({ records: [], nextOffset: 5 })
    cursor.add(records(5, 8), 12)
    expect(cursor.take(2)).toMatchObject({ records: [{ offset: 5 }, { offset: 6 }], nextOffset: 7 })
    expect(cursor.take(2)).toMatchObject({ records: [{ offset: 7 }], nextOffset: 12 })
    cursor.add([], 13)
    expect(cursor.take(2)).toEqual({ records: [], nextOffset: 13 })
  })

  it('goes on behind a hole between two fetches', () => {
    const cursor = new PartitionCursor('t', 0, 0, 0)
    cursor.add(records(0, 2), 6)
    cursor.add(records(8, 9), 9)
    expect(cursor.take(2).nextOffset).toBe(8)
    expect(cursor.take(2)).toMatchObject({ records: [{ offset: 8 }], nextOffset: 9 })
  })

  it.each([
    ['records', 20_000, 1],
    ['bytes', 100, 50_000],
  ])('asks for no more when it holds many %s, until half of them have been read', (_, count, bytes) => {
    const cursor = new PartitionCursor('t', 0, 0, 0)
    expect(cursor.wantsRecords(0)).toBe(true)
    cursor.add(records(0, count, bytes), count)
    expect(cursor.wantsRecords(0)).toBe(false)
    cursor.take(Math.floor(count / 10))
    expect(cursor.wantsRecords(0)).toBe(false)
    cursor.take(Math.floor(count / 2))
    expect(cursor.wantsRecords(0)).toBe(true)
  })
})

describe('partition cursors', () => {
  it('keep readers of one partition apart', () => {
    const cursors = new PartitionCursors()
    const first = cursors.at('t', 0, 0, 1)
    const second = cursors.at('t', 0, 100, 1)
    expect(cursors.at('t', 0, 100, 2)).toBe(second)
    first.add(records(0, 3), 3)
    first.take(3)
    expect(cursors.at('t', 0, 3, 2)).toBe(first)
  })

  it('take turns inside a partition, so that a fetch names it once', () => {
    const cursors = new PartitionCursors()
    const [first, second] = [cursors.at('t', 0, 0, 1), cursors.at('t', 0, 100, 1)]
    const other = cursors.at('t', 1, 0, 1)
    expect(cursors.waiting(1)).toEqual([first, other])
    first.fetchedAt = 5
    expect(cursors.waiting(1)).toEqual([second, other])
    second.isFetching = true
    expect(cursors.waiting(1)).toEqual([other])
  })

  it('forget the cursor that was not read for longest, and all that nobody reads', () => {
    const cursors = new PartitionCursors()
    const all = Array.from({ length: 8 }, (_, index) => cursors.at('t', 0, index * 10, index))
    cursors.at('t', 0, 0, 100)
    cursors.at('t', 0, 1_000, 101)
    expect(cursors.at('t', 0, 0, 102)).toBe(all[0])
    expect(cursors.at('t', 0, 10, 103)).not.toBe(all[1])
    expect(cursors.waiting(200_000)).toEqual([])
    expect(cursors.at('t', 0, 0, 200_001)).not.toBe(all[0])
  })
})
