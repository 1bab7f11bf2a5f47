import { mixWord } from './mix-word.ts'

const WORD = 4294967296

/**
 * Bounded sample of an endless stream of numbers that favours recent ones: once full, a value is admitted with
 * probability `admission` and then replaces a random slot, so the age of a sampled value is geometric with mean
 * capacity / admission values (Aggarwal, VLDB 2006). Plain state: copying the fields is exporting it.
 */
export interface Reservoir {
  readonly seed: number
  /** In (0, 1]; 1 remembers `capacity` values on average, smaller remembers further back. */
  readonly admission: number
  /** (capacity); the first min(seen, capacity) entries are filled. */
  readonly values: Float64Array
  /** Values offered so far. Keys the choice of slot, so the same stream gives the same sample. */
  seen: number
}

/** An empty reservoir. Throws RangeError for a capacity that is not a positive integer or an admission outside (0, 1]. */
export function createReservoir(capacity: number, admission: number, seed: number): Reservoir {
  if (!(Number.isInteger(capacity) && capacity > 0)) {
    throw new RangeError(`Cannot create a reservoir of ${capacity} values: the capacity must be a positive integer`)
  }
  if (!(admission > 0 && admission <= 1)) {
    throw new RangeError(`Cannot create a reservoir with admission ${admission}: it must be in (0, 1]`)
  }
  return { seed: seed | 0, admission, values: new Float64Array(capacity), seen: 0 }
}

/** Offers a value; mutates the reservoir. */
export function addToReservoir(reservoir: Reservoir, value: number): void {
  const { values, seed, admission } = reservoir
  const seen = reservoir.seen++
  if (seen < values.length) {
    values[seen] = value
    return
  }
  const key = mixWord(mixWord(seen ^ seed) + ((seen / WORD) | 0))
  if (admission < 1 && mixWord(key ^ 0x5bd1e995) >>> 0 >= admission * WORD) return
  values[Math.floor(((key >>> 0) / WORD) * values.length)] = value
}

/** The sampled values, a view that the next addition may change. */
export function reservoirValues(reservoir: Reservoir): Float64Array {
  return reservoir.values.subarray(0, Math.min(reservoir.seen, reservoir.values.length))
}
