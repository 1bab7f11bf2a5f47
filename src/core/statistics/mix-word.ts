/** Final avalanche of MurmurHash3 (Appleby 2011): every input bit reaches every output bit. Returns a signed word. */
export function mixWord(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
