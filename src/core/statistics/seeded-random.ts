import { mixWord } from './mix-word.ts'
import { normalVariate } from './normal-variate.ts'
import type { RandomSource } from './random-source.ts'

const WORD = 4294967296

/** Four unsigned 32-bit words, not all zero. */
export type SeededRandomState = readonly [number, number, number, number]

/** Sequential generator xoshiro128** 1.1 (Blackman and Vigna 2018): period 2^128 - 1, for everything but replayed draws. */
export class SeededRandom implements RandomSource {
  #s0: number
  #s1: number
  #s2: number
  #s3: number

  /** Throws RangeError when the state is all zero, where the generator would stay. */
  constructor(state: SeededRandomState) {
    this.#s0 = state[0] | 0
    this.#s1 = state[1] | 0
    this.#s2 = state[2] | 0
    this.#s3 = state[3] | 0
    if ((this.#s0 | this.#s1 | this.#s2 | this.#s3) === 0) {
      throw new RangeError('Cannot create a generator: its state is all zero')
    }
  }

  /** Unsigned 32-bit integer. */
  nextWord(): number {
    const scaled = Math.imul(this.#s1, 5)
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9)
    const shifted = this.#s1 << 9
    this.#s2 ^= this.#s0
    this.#s3 ^= this.#s1
    this.#s1 ^= this.#s2
    this.#s0 ^= this.#s3
    this.#s2 ^= shifted
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21)
    return result >>> 0
  }

  next(): number {
    return (this.nextWord() + 0.5) / WORD
  }

  /** Uniform integer in 0 .. bound - 1, without bias; `bound` is an integer in 1 .. 2^32. */
  nextInt(bound: number): number {
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= WORD)) {
      throw new RangeError(`Cannot draw an integer below ${bound}: the bound must be an integer in 1 .. 2^32`)
    }
    const fair = WORD - (WORD % bound)
    let word = this.nextWord()
    while (word >= fair) word = this.nextWord()
    return word % bound
  }

  /** Standard normal. */
  normal(): number {
    return normalVariate(this)
  }

  /** The state before the next draw; `new SeededRandom(state)` goes on with the same stream. */
  exportState(): SeededRandomState {
    return [this.#s0 >>> 0, this.#s1 >>> 0, this.#s2 >>> 0, this.#s3 >>> 0]
  }
}

/** A generator from a 32-bit seed. Neighbouring seeds give unrelated states. */
export function createSeededRandom(seed: number): SeededRandom {
  const state: [number, number, number, number] = [0, 0, 0, 0]
  // A Weyl sequence through a bijection: the four words differ, so they are never all zero.
  for (let word = 0; word < 4; word++) state[word] = mixWord((seed + Math.imul(word + 1, 0x9e3779b9)) | 0) >>> 0
  return new SeededRandom(state)
}
