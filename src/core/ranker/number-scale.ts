/** Numbers further out than this many standard deviations are cut. */
const LIMIT = 5
/** Weight of the prior "mean 0, variance 1", in examples. */
const PRIOR_COUNT = 32
/** Every example counts for at least this share, so that the scale follows a drift. */
const LEAST_SHARE = 1 / 200_000

/** Running mean and variance of the state numbers (Z): what brings them to one size. */
export class NumberScale {
  #means: Float64Array
  #variances: Float64Array
  #count = PRIOR_COUNT

  constructor(size: number) {
    this.#means = new Float64Array(size)
    this.#variances = new Float64Array(size).fill(1)
  }

  /** (x - mean) / standard deviation, cut at +-5; 0 for NaN. */
  standardise(value: number, z: number): number {
    const scaled = (value - this.#means[z]) / Math.sqrt(this.#variances[z] + 1e-12)
    return Number.isNaN(scaled) ? 0 : Math.max(-LIMIT, Math.min(LIMIT, scaled))
  }

  /** A batch of numbers standardised, (B, Z). */
  standardiseAll(numbers: Float32Array): Float32Array {
    return numbers.map((value, i) => this.standardise(value, i % this.#means.length))
  }

  /** Takes in a batch of numbers, (B, Z). */
  observe(numbers: Float32Array): void {
    const Z = this.#means.length
    for (let from = 0; from < numbers.length; from += Z) {
      const share = Math.max(1 / ++this.#count, LEAST_SHARE)
      for (let z = 0; z < Z; z++) {
        const value = numbers[from + z]
        if (!Number.isFinite(value)) continue
        const off = value - this.#means[z]
        this.#means[z] += off * share
        this.#variances[z] += (off * (value - this.#means[z]) - this.#variances[z]) * share
      }
    }
  }

  /** [count, means (Z), variances (Z)]. */
  save(): Float64Array {
    return Float64Array.of(this.#count, ...this.#means, ...this.#variances)
  }

  load(saved: Float64Array): void {
    const Z = this.#means.length
    this.#count = saved[0]
    this.#means = saved.slice(1, 1 + Z)
    this.#variances = saved.slice(1 + Z, 1 + 2 * Z)
  }
}
