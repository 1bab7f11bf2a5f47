import type { RandomSource } from './random-source.ts'

const WORD = 4294967296
/** Parity constant of the Threefish key schedule, 32-bit form. */
const KEY_PARITY = 0x1bd11bda

/**
 * Counter-based generator Threefry-4x32-20 (Salmon et al., SC 2011): the draws are a pure function of their key, so a
 * replay draws the same whatever was drawn in between. One object is reused; `reset` and `next` allocate nothing.
 * Key words: (a, b low, b high, c). Counter words: (block, d low, d high, 0). Four draws a block.
 */
export class KeyedRandom implements RandomSource {
  #key0 = 0
  #key1 = 0
  #key2 = 0
  #key3 = 0
  #counterLow = 0
  #counterHigh = 0
  #block = 0
  #position = 4
  readonly #words = new Int32Array(4)

  /**
   * Starts the stream of a key, in use (seed, user hash, task index, offset). `a` and `c` are 32-bit integers, `b` and
   * `d` integers up to 2^53 - 1; the sign is dropped.
   */
  reset(a: number, b: number, c: number, d: number): void {
    this.#key0 = a | 0
    this.#key1 = b | 0
    this.#key2 = (b / WORD) | 0
    this.#key3 = c | 0
    this.#counterLow = d | 0
    this.#counterHigh = (d / WORD) | 0
    this.#block = 0
    this.#position = 4
  }

  /** Uniform in (0, 1): the midpoints of 2^32 equal cells. */
  next(): number {
    if (this.#position === 4) this.#fill()
    const word = this.#words[this.#position++]
    return ((word >>> 0) + 0.5) / WORD
  }

  #fill(): void {
    let k0 = this.#key0
    let k1 = this.#key1
    let k2 = this.#key2
    let k3 = this.#key3
    let k4 = KEY_PARITY ^ k0 ^ k1 ^ k2 ^ k3
    let x0 = (this.#block + k0) | 0
    let x1 = (this.#counterLow + k1) | 0
    let x2 = (this.#counterHigh + k2) | 0
    let x3 = k3
    // Five groups of four rounds; the rotations alternate between two sets, the key schedule turns by one word a group.
    for (let group = 1; group <= 5; group++) {
      if ((group & 1) === 1) {
        x0 = (x0 + x1) | 0
        x1 = ((x1 << 10) | (x1 >>> 22)) ^ x0
        x2 = (x2 + x3) | 0
        x3 = ((x3 << 26) | (x3 >>> 6)) ^ x2
        x0 = (x0 + x3) | 0
        x3 = ((x3 << 11) | (x3 >>> 21)) ^ x0
        x2 = (x2 + x1) | 0
        x1 = ((x1 << 21) | (x1 >>> 11)) ^ x2
        x0 = (x0 + x1) | 0
        x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
        x2 = (x2 + x3) | 0
        x3 = ((x3 << 27) | (x3 >>> 5)) ^ x2
        x0 = (x0 + x3) | 0
        x3 = ((x3 << 23) | (x3 >>> 9)) ^ x0
        x2 = (x2 + x1) | 0
        x1 = ((x1 << 5) | (x1 >>> 27)) ^ x2
      } else {
        x0 = (x0 + x1) | 0
        x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
        x2 = (x2 + x3) | 0
        x3 = ((x3 << 20) | (x3 >>> 12)) ^ x2
        x0 = (x0 + x3) | 0
        x3 = ((x3 << 17) | (x3 >>> 15)) ^ x0
        x2 = (x2 + x1) | 0
        x1 = ((x1 << 11) | (x1 >>> 21)) ^ x2
        x0 = (x0 + x1) | 0
        x1 = ((x1 << 25) | (x1 >>> 7)) ^ x0
        x2 = (x2 + x3) | 0
        x3 = ((x3 << 10) | (x3 >>> 22)) ^ x2
        x0 = (x0 + x3) | 0
        x3 = ((x3 << 18) | (x3 >>> 14)) ^ x0
        x2 = (x2 + x1) | 0
        x1 = ((x1 << 20) | (x1 >>> 12)) ^ x2
      }
      const first = k0
      k0 = k1
      k1 = k2
      k2 = k3
      k3 = k4
      k4 = first
      x0 = (x0 + k0) | 0
      x1 = (x1 + k1) | 0
      x2 = (x2 + k2) | 0
      x3 = (x3 + k3 + group) | 0
    }
    this.#words[0] = x0
    this.#words[1] = x1
    this.#words[2] = x2
    this.#words[3] = x3
    this.#block++
    this.#position = 0
  }
}
