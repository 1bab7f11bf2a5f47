const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/**
 * Partition of a user: all of a user's records lie in one partition, on every topic keyed by user. It is that of Kafka's
 * own producers for the id as key (murmur2 of its UTF-8 bytes, the sign bit cleared), so that what they send and what
 * comes by this program meet.
 */
export function partitionOf(userId: string, partitions: number): number {
  return partitions === 1 ? 0 : (murmur2(Buffer.from(userId)) & 0x7fff_ffff) % partitions
}

/** MurmurHash2 of 32 bits (Appleby 2008) with the seed of Kafka's Utils.murmur2, a signed word. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let hash = SEED ^ length
  let at = 0
  for (const end = length - 3; at < end; at += 4) {
    let word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  if (at < length) {
    for (let shift = 0; at < length; at++, shift += 8) hash ^= bytes[at] << shift
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, MULTIPLIER)
  return hash ^ (hash >>> 15)
}
