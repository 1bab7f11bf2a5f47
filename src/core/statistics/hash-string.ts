import { mixWord } from './mix-word.ts'

/** Rotates a 32-bit word to the left; `bits` in 1 .. 31. */
function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/**
 * One lane of MurmurHash3 x86_32 over the UTF-16LE bytes of `text`, two code units a block; `first` and `second` are
 * the multipliers of a block. Returns a signed word.
 */
function hashLane(text: string, seed: number, first: number, second: number): number {
  const length = text.length
  const pairEnd = length & ~1
  let hash = seed | 0
  for (let at = 0; at < pairEnd; at += 2) {
    const block = Math.imul(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16), first)
    hash ^= Math.imul(rotateLeft(block, 15), second)
    hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0
  }
  if (pairEnd < length) {
    hash ^= Math.imul(rotateLeft(Math.imul(text.charCodeAt(pairEnd), first), 15), second)
  }
  return mixWord(hash ^ (length * 2))
}

/** MurmurHash3 x86_32 (Appleby 2011) of the UTF-16LE bytes of `text`: an unsigned 32-bit integer. */
export function hashString(text: string, seed: number): number {
  return hashLane(text, seed, 0xcc9e2d51, 0x1b873593) >>> 0
}

/**
 * 53-bit hash, a safe integer: `hashString` below, 21 bits of a second lane above. The second lane has other
 * multipliers (two of MurmurHash3 x86_128) and not merely another seed, so that texts that collide in one lane do not
 * tend to collide in the other.
 */
export function hashString53(text: string, seed: number): number {
  const high = hashLane(text, seed ^ 0x9e3779b9, 0x239b961b, 0xab0e9789) & 0x1fffff
  return high * 4294967296 + hashString(text, seed)
}
