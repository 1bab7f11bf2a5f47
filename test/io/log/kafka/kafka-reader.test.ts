import { describe, expect, it } from 'vitest'
import { ChangeSignal } from '../../../../src/io/log/change-signal.ts'
import { encodeRecords, stampBatch } from '../../../../src/io/log/kafka/encode-record-batch.ts'
import type { FetchedPartition } from '../../../../src/io/log/kafka/fetch-request.ts'
import { KafkaReader } from '../../../../src/io/log/kafka/kafka-reader.ts'
import type { WireRequest } from '../../../../src/io/log/kafka/wire-request.ts'

/**
 * Answers that a broker gives only now and then: an empty one before the end, because the other partitions took all the
 * room or because compaction has left an empty batch, and a damaged batch.
 */
function readerOf(answers: ((partition: number) => Partial<FetchedPartition>)[]) {
  const asked: number[][] = []
  const signal = new ChangeSignal()
  const send = async <T>(_node: string | number, request: WireRequest<T>): Promise<T> => {
    const { buffer } = await request.request.encode()
    const partitions = partitionsIn(buffer)
    asked.push(partitions)
    const answer = answers[asked.length - 1]
    // The last answer is that nothing comes any more.
    if (answer === undefined) return new Promise(() => {})
    return partitions.map((partition) => ({
      topic: 't',
      partition,
      errorCode: 0,
      lastStableOffset: 9,
      aborted: [],
      records: Buffer.alloc(0),
      ...answer(partition),
    })) as T
  }
  const reader = new KafkaReader({
    connection: { send, leaderOf: () => 1, offsetOf: async () => 0, refresh: async () => {} },
    signal,
    positionBelowStart: 'fail',
    onFailure: () => {},
  })
  return { reader, asked, signal }
}

/** Partitions of the only topic, `t`, in a fetch: behind 29 bytes of head, 3 of the name and 4 of the count. */
function partitionsIn(request: Buffer): number[] {
  const count = request.readInt32BE(32)
  return Array.from({ length: count }, (_, index) => request.readInt32BE(36 + index * 28)).sort(
    (left, right) => left - right,
  )
}

function batchAt(offset: number, value: string): Buffer {
  const stamp = { producerId: -1n, producerEpoch: -1, firstSequence: -1, isTransactional: false, compression: 0 }
  const section = encodeRecords([{ key: null, value: Buffer.from(value), timestamp: 1 }], 0, 1)
  const batch = stampBatch(section, stamp, null)
  batch.writeBigInt64BE(BigInt(offset), 0)
  return batch
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('Kafka reader', () => {
  it('asks for a partition alone when it got nothing before the end, and then goes to the end', async () => {
    const { reader, asked } = readerOf([() => ({}), () => ({ lastStableOffset: 9 }), () => ({})])
    reader.read('t', 0, 4, 10)
    await settle()
    expect(asked[0]).toEqual([0])
    expect(reader.read('t', 0, 4, 10)).toEqual({ records: [], nextOffset: 9 })
  })

  it('believes an empty answer only when the partition was asked for alone', async () => {
    const { reader, asked } = readerOf([() => ({}), () => ({}), () => ({ records: batchAt(4, 'there') })])
    reader.read('t', 0, 9, 10)
    reader.read('t', 1, 4, 10)
    await settle()
    reader.close()
    expect(asked.slice(0, 3)).toEqual([[0], [0, 1], [1]])
    expect(reader.read('t', 1, 4, 1).records.map(({ value }) => String(value))).toEqual(['there'])
  })

  it('tells who reads of a damaged batch, and fetches it again for the next read', async () => {
    const damaged = batchAt(4, 'x')
    damaged[damaged.length - 1] ^= 1
    const { reader, signal } = readerOf([() => ({ records: damaged }), () => ({ records: batchAt(4, 'whole') })])
    const changed = signal.wait()
    reader.read('t', 0, 4, 10)
    await changed
    const corrupt = { code: 'corrupt', message: expect.stringContaining('t/0@4') }
    expect(() => reader.read('t', 0, 4, 10)).toThrow(expect.objectContaining(corrupt))
    reader.read('t', 0, 4, 10)
    await settle()
    expect(reader.read('t', 0, 4, 10).records.map(({ value }) => String(value))).toEqual(['whole'])
  })

  it('takes a batch that was cut, alone in its answer, for damaged instead of asking for ever', async () => {
    const cut = batchAt(4, 'x'.repeat(200)).subarray(0, 100)
    const { reader } = readerOf([() => ({ records: cut })])
    reader.read('t', 0, 4, 10)
    await settle()
    expect(() => reader.read('t', 0, 4, 10)).toThrow('it is longer than the answer')
  })
})
