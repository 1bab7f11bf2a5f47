import kafkajs from 'kafkajs'
import type { CompressionCodec } from './compression-codecs.ts'

/** The codec of a compression by Kafka's number, not 0; undefined for one that nobody knows. */
export function codecOf(compression: number): CompressionCodec | undefined {
  // kafkajs holds gzip beside the codecs that connect-kafka registers, and types the table loosely.
  const codecs = kafkajs.CompressionCodecs as unknown as Readonly<Record<number, (() => CompressionCodec) | undefined>>
  return codecs[compression]?.()
}
