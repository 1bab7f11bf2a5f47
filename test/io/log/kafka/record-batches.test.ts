import { createRequire } from 'node:module'
import * as fc from '../../../support/fast-check.ts'
import { beforeAll, describe, expect, it } from 'vitest'
import { codecOf } from '../../../../src/io/log/kafka/codec-of.ts'
import { registerCompressionCodecs } from '../../../../src/io/log/kafka/compression-codecs.ts'
import { crc32c } from '../../../../src/io/crc32c.ts'
import { DamagedRecordBatch, decodeRecordBatches } from '../../../../src/io/log/kafka/decode-record-batches.ts'
import { encodeOutput } from '../../../../src/io/log/kafka/encode-outputs.ts'
import { encodeRecords, recordsOf, stampBatch } from '../../../../src/io/log/kafka/encode-record-batch.ts'
import { readVarint, varintBytes, writeVarint } from '../../../../src/io/log/kafka/varint.ts'
import type { LogRecord } from '../../../../src/io/log/log.ts'

/** kafkajs' own coder of the same format, which brokers of every version have been read and written with. */
const require = createRequire(import.meta.url)
interface KafkaJsRecord {
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
  readonly headers: Record<string, Buffer>
}
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<{ records: KafkaJsRecord[]; producerId: string; firstSequence: number; inTransaction: boolean }>
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown
const crcOfKafkaJs = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Uint8Array) => number

const STAMP = { producerId: 77n, producerEpoch: 3, firstSequence: 12, isTransactional: true, compression: 0 }

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(20_000).map((length) => new Uint8Array(length)),
)
const record: fc.Arbitrary<LogRecord> = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.uint8Array({ maxLength: 9 }), { maxKeys: 3 }),
    timestamp: fc.maxSafeNat(),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)
const records = fc.array(record, { minLength: 1, maxLength: 200 })

beforeAll(() => registerCompressionCodecs())

describe('record batches', () => {
  it('are read by kafkajs as they were meant', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (sent) => {
        const batch = stampBatch(encodeRecords(sent, 0, sent.length), STAMP, null)
        const read = await decodeBatch(new Decoder(batch))
        expect(read).toMatchObject({ producerId: '77', firstSequence: 12, inTransaction: true })
        expect(read.records.map(plain)).toEqual(sent.map(plain))
        expect(read.records.map(({ offset }) => Number(offset))).toEqual(sent.map((_, index) => index))
      }),
      { numRuns: 40 },
    )
  })

  it.each([0, 1, 2, 3, 4])('come back as they were with compression %i', async (compression) => {
    await fc.assert(
      fc.asyncProperty(records, async (sent) => {
        const section = encodeRecords(sent, 0, sent.length)
        const packed = compression === 0 ? null : await codecOf(compression)!.compress({ buffer: recordsOf(section) })
        const batch = stampBatch(section, { ...STAMP, compression }, packed)
        // Two whole batches and one that the answer's limit has cut.
        const read = await decodeRecordBatches(Buffer.concat([batch, batch, batch.subarray(0, batch.length - 1)]))
        expect(read).toHaveLength(2)
        expect(read[1].records.map(plain)).toEqual(sent.map(plain))
        expect(read[1]).toMatchObject({ baseOffset: 0, lastOffset: sent.length - 1, isTransactional: true })
      }),
      { numRuns: 20 },
    )
  })

  it('copy the bytes of the moment', async () => {
    const value = Buffer.from('before')
    const section = encodeRecords([{ key: null, value, timestamp: 1 }], 0, 1)
    value.fill(0)
    const [batch] = await decodeRecordBatches(stampBatch(section, STAMP, null))
    expect(String(batch.records[0].value)).toBe('before')
  })

  it('are refused when any byte behind the checksum has flipped', async () => {
    const batch = stampBatch(encodeRecords([{ key: null, value: Buffer.from('abc'), timestamp: 1 }], 0, 1), STAMP, null)
    for (let at = 17; at < batch.length; at++) {
      const damaged = Buffer.from(batch)
      damaged[at] ^= 0x04
      await expect(decodeRecordBatches(damaged)).rejects.toThrow(DamagedRecordBatch)
    }
  })

  it('stay below what brokers take, and keep the order, however the sizes lie', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400_000), { minLength: 1, maxLength: 30 }), (sizes) => {
        const sent = sizes.map((size, index) => ({ key: null, value: Buffer.alloc(size), timestamp: index }))
        const group = { topic: { name: 't', id: 1, partitions: 1, cleanup: 'delete' }, partition: 0 } as const
        const places = [...sent.keys()]
        const { sections } = encodeOutput('t', { ...group, records: sent, places })
        expect(sections.reduce((sum, { count }) => sum + count, 0)).toBe(sent.length)
        for (const section of sections) expect(section.bytes.length).toBeLessThan(1_000_000)
      }),
      { numRuns: 30 },
    )
  })
})

describe('varints', () => {
  it('come back as they were up to 2^52', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -1 }), fc.integer({ min: 0, max: 2 ** 52 })), (value) => {
        const target = Buffer.alloc(12)
        const end = writeVarint(target, 1, value)
        expect(end - 1).toBe(varintBytes(value))
        const cursor = { bytes: target, at: 1 }
        expect(readVarint(cursor)).toBe(value)
        expect(cursor.at).toBe(end)
      }),
    )
  })
})

describe('CRC-32C', () => {
  it('agrees with the check value of its standard and with kafkajs', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (data) => crc32c(data) === crcOfKafkaJs(data)))
  })
})

/** Same for what means the same: no headers and empty ones, Buffer and Uint8Array, number and text. */
function plain({ key, value, headers, timestamp }: LogRecord | KafkaJsRecord): unknown {
  const entries = Object.entries(headers ?? {}).map(([name, data]) => [name, Buffer.from(data).toString('hex')])
  const hex = (data: Uint8Array | null): string | null => data && Buffer.from(data).toString('hex')
  return { key: hex(key), value: hex(value), headers: entries, timestamp: Number(timestamp) }
}
