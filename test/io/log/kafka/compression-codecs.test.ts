import * as fc from '../../../support/fast-check.ts'
import { CompressionCodecs, CompressionTypes } from 'kafkajs'
import snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { createSeededRandom } from '../../../../src/core/statistics/seeded-random.ts'
import { COMPRESSION_CODECS, registerCompressionCodecs } from '../../../../src/io/log/kafka/compression-codecs.ts'

const MAGIC = Buffer.from('82534e41505059000000000100000001', 'hex')

describe.each(Object.entries(COMPRESSION_CODECS))('%s', (_name, codec) => {
  test('gives back any bytes', async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.constant(new Uint8Array(1_100_000).fill(7)))
    await fc.assert(
      fc.asyncProperty(bytes, async (array) => {
        const packed = await codec.compress({ buffer: Buffer.from(array) })
        expect(Buffer.compare(await codec.decompress(packed), array)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('gives back many bytes that do not pack', async () => {
    const bytes = Buffer.alloc(300_000)
    const random = createSeededRandom(7)
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.nextWord() & 255
    const packed = await codec.compress({ buffer: bytes })
    expect(packed.length).toBeGreaterThan(250_000)
    expect(Buffer.compare(await codec.decompress(packed), bytes)).toBe(0)
    await expect(codec.decompress(packed.subarray(0, packed.length - 5))).rejects.toBeInstanceOf(Error)
  })

  test('reads a view into larger memory', async () => {
    const packed = await codec.compress({ buffer: Buffer.from('some bytes') })
    const larger = Buffer.concat([Buffer.from('before'), packed, Buffer.from('after')])
    expect(String(await codec.decompress(larger.subarray(6, 6 + packed.length)))).toBe('some bytes')
  })

  test('refuses bytes that are cut off', async () => {
    const packed = await codec.compress({ buffer: Buffer.from('some bytes '.repeat(100)) })
    const cut = async () => codec.decompress(packed.subarray(0, packed.length - 5))
    await expect(cut()).rejects.toBeInstanceOf(Error)
  })
})

describe('snappy', () => {
  const codec = COMPRESSION_CODECS.snappy
  const block = (text: string) => {
    const packed = snappy.compressSync(text)
    const length = Buffer.alloc(4)
    length.writeInt32BE(packed.length)
    return Buffer.concat([length, packed])
  }

  test('is written with the framing of the Java library', async () => {
    expect(await codec.compress({ buffer: Buffer.from('some bytes') })).toEqual(
      Buffer.concat([MAGIC, block('some bytes')]),
    )
  })

  test('is read from several blocks, and without the framing', async () => {
    expect(String(await codec.decompress(Buffer.concat([MAGIC, block('one '), block('two')])))).toBe('one two')
    expect(String(await codec.decompress(snappy.compressSync('plain')))).toBe('plain')
  })
})

test('registered codecs are those that kafkajs uses', () => {
  registerCompressionCodecs()
  expect(CompressionCodecs[CompressionTypes.Snappy]()).toBe(COMPRESSION_CODECS.snappy)
  expect(CompressionCodecs[CompressionTypes.LZ4]()).toBe(COMPRESSION_CODECS.lz4)
  expect(CompressionCodecs[CompressionTypes.ZSTD]()).toBe(COMPRESSION_CODECS.zstd)
})
