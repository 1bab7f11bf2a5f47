import { describe, expect, it } from 'vitest'
import type { RecordBatch } from '../../../../src/io/log/kafka/decode-record-batches.ts'
import { committedRecords } from '../../../../src/io/log/kafka/drop-aborted.ts'

function batch(baseOffset: number, producerId: number, values: readonly string[], key = 'k'): RecordBatch {
  const records = values.map((value, index) => {
    return { offset: baseOffset + index, key: Buffer.from(key), value: Buffer.from(value), timestamp: 1 }
  })
  const lastOffset = baseOffset + values.length - 1
  return { producerId: BigInt(producerId), isTransactional: true, control: null, baseOffset, lastOffset, records }
}

function marker(offset: number, producerId: number, control: 'commit' | 'abort'): RecordBatch {
  return { ...batch(offset, producerId, ['marker']), control, records: [] }
}

function read(batches: readonly RecordBatch[], aborted: readonly [number, number][], offset = 0): string[] {
  const transactions = aborted.map(([producerId, firstOffset]) => ({ producerId: BigInt(producerId), firstOffset }))
  return committedRecords(batches, transactions, offset).map(({ value }) => String(value))
}

describe('committed records', () => {
  it('are those of transactions that were not aborted, in order', () => {
    const batches = [batch(0, 1, ['a', 'b']), batch(2, 2, ['c']), marker(3, 1, 'abort'), marker(4, 2, 'commit')]
    expect(read(batches, [[1, 0]])).toEqual(['c'])
  })

  it('leave out two aborted transactions that overlap, whichever ended first', () => {
    const batches = [batch(0, 1, ['a']), batch(1, 2, ['b']), batch(2, 1, ['c'])]
    const ends = [marker(3, 2, 'abort'), marker(4, 1, 'abort'), batch(5, 1, ['d'])]
    const byEnd: [number, number][] = [
      [2, 1],
      [1, 0],
    ]
    expect(read([...batches, ...ends], byEnd)).toEqual(['d'])
  })

  it('leave out all aborted transactions that began before the fetch', () => {
    expect(
      read(
        [batch(50, 2, ['a', 'b'])],
        [
          [1, 10],
          [2, 20],
        ],
        50,
      ),
    ).toEqual([])
  })

  it('begin again with the next transaction of the same producer', () => {
    const first = [batch(0, 1, ['a']), marker(1, 1, 'abort'), batch(2, 1, ['b']), marker(3, 1, 'commit')]
    expect(read(first, [[1, 0]])).toEqual(['b'])
  })

  it('do not take a key of four zero bytes for the end of a transaction', () => {
    expect(read([batch(0, 1, ['a', 'b'], '\0\0\0\0'), marker(2, 1, 'abort')], [[1, 0]])).toEqual([])
  })

  it('show a record without a transaction of a producer that aborts', () => {
    expect(read([{ ...batch(0, 1, ['a']), isTransactional: false }], [[1, 0]])).toEqual(['a'])
  })

  it('begin at the offset asked for, inside a batch', () => {
    expect(read([batch(0, 1, ['a', 'b', 'c'])], [], 1)).toEqual(['b', 'c'])
  })
})
