import { promisify } from 'node:util'
import zlib from 'node:zlib'
import kafkajs, { CompressionTypes } from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import type { KafkaCompression } from './kafka-settings.ts'

/** What kafkajs asks of a codec; the records to be packed come inside its own encoder. */
export interface CompressionCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Smaller ones are done in place: the way to another thread and back costs more than their work, tens of microseconds. */
const OFF_THREAD_BYTES = 64 * 1024

/** kafkajs knows gzip only; a batch in any other form would end the consumer. */
export const COMPRESSION_CODECS: Readonly<Record<'snappy' | 'lz4' | 'zstd', CompressionCodec>> = {
  snappy: {
    compress: async ({ buffer }) =>
      packXerial(isSmall(buffer) ? snappy.compressSync(buffer) : await snappy.compress(buffer)),
    decompress: unpackXerial,
  },
  // Kafka means LZ4's frame format with blocks that do not refer to each other, which is what this library writes.
  lz4: {
    compress: async ({ buffer }) => (isSmall(buffer) ? lz4.compressFrameSync(buffer) : lz4.compressFrame(buffer)),
    decompress: async (bytes) => (isSmall(bytes) ? lz4.decompressFrameSync(bytes) : lz4.decompressFrame(bytes)),
  },
  zstd: {
    compress: async ({ buffer }) => (await zstd()).compress(buffer),
    decompress: async (bytes) => (await zstd()).decompress(bytes),
  },
}

const KAFKAJS_TYPES: Readonly<Record<KafkaCompression, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

/** kafkajs' number for a setting. */
export function compressionType(compression: KafkaCompression): CompressionTypes {
  return KAFKAJS_TYPES[compression]
}

/** Makes kafkajs read and write all of Kafka's compressions, in the whole process. Again is harmless. */
export function registerCompressionCodecs(): void {
  kafkajs.CompressionCodecs[CompressionTypes.Snappy] = () => COMPRESSION_CODECS.snappy
  kafkajs.CompressionCodecs[CompressionTypes.LZ4] = () => COMPRESSION_CODECS.lz4
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => COMPRESSION_CODECS.zstd
}

/** Eight bytes of magic, version 1, compatible with version 1: how the Java library snappy-java begins its streams. */
const XERIAL_HEADER = Buffer.from('82534e41505059000000000100000001', 'hex')
const MAGIC_BYTES = 8

/** Snappy as Kafka's Java clients write and want it: blocks, each with its length before it, behind a header. */
function packXerial(block: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(block.length)
  return Buffer.concat([XERIAL_HEADER, length, block])
}

/** Clients that are not Java may leave the framing out. */
async function unpackXerial(bytes: Buffer): Promise<Buffer> {
  const isFramed = bytes.subarray(0, MAGIC_BYTES).equals(XERIAL_HEADER.subarray(0, MAGIC_BYTES))
  if (!isFramed) return uncompress(bytes)
  const blocks: Buffer[] = []
  for (let at = XERIAL_HEADER.length; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at)
    if (end > bytes.length) throw new RangeError('Cannot unpack snappy: a block is longer than the batch')
    blocks.push(await uncompress(bytes.subarray(at + 4, end)))
    at = end
  }
  return blocks.length === 1 ? blocks[0] : Buffer.concat(blocks)
}

async function uncompress(block: Buffer): Promise<Buffer> {
  const asBuffer = { asBuffer: true }
  const bytes = isSmall(block) ? snappy.uncompressSync(block, asBuffer) : await snappy.uncompress(block, asBuffer)
  return bytes as Buffer
}

function isSmall(bytes: Buffer): boolean {
  return bytes.length < OFF_THREAD_BYTES
}

interface Zstd {
  compress(bytes: Buffer): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Absent from Node before 22.15, and from its types here. */
const { zstdCompress, zstdDecompress } = zlib as Partial<Record<'zstdCompress' | 'zstdDecompress', typeof zlib.gzip>>

/** Node's own where it has one, else a library, which is loaded only when it is needed. */
async function zstd(): Promise<Zstd> {
  if (!zstdCompress || !zstdDecompress) return import('@mongodb-js/zstd')
  return { compress: promisify(zstdCompress), decompress: promisify(zstdDecompress) }
}
