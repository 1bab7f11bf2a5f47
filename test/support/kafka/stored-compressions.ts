import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KafkaCluster } from './kafka-cluster.ts'

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Places in a record batch of format 2. */
const LENGTH_AT = 8
const ATTRIBUTES_AT = 21
const PREFIX_BYTES = 12

/** Compression of each batch in the first segment of a topic's partition 0, as it lies on the disk of the first node. */
export async function storedCompressions(cluster: KafkaCluster, topic: string): Promise<string[]> {
  const segment = await readFile(join(cluster.folder, '1', 'log', `${topic}-0`, '00000000000000000000.log'))
  const names: string[] = []
  for (let at = 0; at + ATTRIBUTES_AT < segment.length; at += PREFIX_BYTES + segment.readInt32BE(at + LENGTH_AT)) {
    names.push(NAMES[segment.readInt16BE(at + ATTRIBUTES_AT) & 7])
  }
  return names
}
