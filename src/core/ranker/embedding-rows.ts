/** Step sizes of the embedding rows. */
export interface RowStepSettings {
  readonly learningRate: number
  /** Decay a batch of the mean squared gradient. */
  readonly beta2: number
  readonly epsilon: number
}

const SLOTS = 64

/**
 * Embedding rows of width D outside the tensor graph, with a row-wise adaptive step: row -= rate g / sqrt(v), v being the
 * decayed mean of the row's squared gradient, one number a row.
 *
 * This is Adam for rows that are seldom touched. Adam spreads a touch over the batches that follow, by its first moment;
 * here the sum of those moves is made at once, and v decays with every batch whether the row was in it or not. A lazy
 * Adam that counts a row's own steps moves a new row thirty times less, and costs 1 point of AUC on KuaiRand-Pure.
 */
export class EmbeddingRows {
  readonly width: number
  /** (capacity, D). */
  values: Float32Array
  /** v of each row at its last step, without bias correction. */
  secondMoments: Float32Array
  /** The step at which a row was last touched. */
  lastSteps: Int32Array
  #slotOfRow: Int32Array
  /** Rows of the step under way, and the sum of each one's gradients. */
  #touched = new Int32Array(SLOTS)
  #touchedCount = 0
  #sums: Float32Array

  constructor(width: number, capacity: number) {
    this.width = width
    this.values = new Float32Array(capacity * width)
    this.secondMoments = new Float32Array(capacity)
    this.lastSteps = new Int32Array(capacity)
    this.#slotOfRow = new Int32Array(capacity).fill(-1)
    this.#sums = new Float32Array(SLOTS * width)
  }

  get capacity(): number {
    return this.lastSteps.length
  }

  grow(capacity: number): void {
    const slots = new Int32Array(capacity).fill(-1)
    slots.set(this.#slotOfRow)
    this.#slotOfRow = slots
    this.values = extended(this.values, capacity * this.width)
    this.secondMoments = extended(this.secondMoments, capacity)
    const lastSteps = new Int32Array(capacity)
    lastSteps.set(this.lastSteps)
    this.lastSteps = lastSteps
  }

  /** Replaces everything by the given rows, as many as there are, in a table of `capacity`. */
  load(capacity: number, values: Float32Array, secondMoments: Float32Array, lastSteps: Int32Array): void {
    this.values = extended(values, capacity * this.width)
    this.secondMoments = extended(secondMoments, capacity)
    this.lastSteps = new Int32Array(capacity)
    this.lastSteps.set(lastSteps)
    this.#slotOfRow = new Int32Array(capacity).fill(-1)
    this.#touchedCount = 0
  }

  /** The row's values, to be filled; forgets what the optimiser knew of it. */
  reset(row: number): Float32Array {
    this.secondMoments[row] = 0
    this.lastSteps[row] = 0
    return this.values.subarray(row * this.width, (row + 1) * this.width)
  }

  /** Values of the given rows, (U, D). */
  gather(rows: Int32Array): Float32Array {
    const D = this.width
    const out = new Float32Array(rows.length * D)
    for (let i = 0; i < out.length; i++) out[i] = this.values[rows[(i / D) | 0] * D + (i % D)]
    return out
  }

  /** Adds source[at .. at + D) to the row's gradient of the step under way. */
  addGradient(row: number, source: Float32Array, at: number): void {
    const D = this.width
    const sums = this.#sums
    const slot = this.#slotOfRow[row]
    if (slot >= 0) {
      for (let d = 0; d < D; d++) sums[slot * D + d] += source[at + d]
      return
    }
    const fresh = this.#touchedCount++
    if (fresh === this.#touched.length) this.#growSlots()
    this.#slotOfRow[row] = fresh
    this.#touched[fresh] = row
    for (let d = 0; d < D; d++) this.#sums[fresh * D + d] = source[at + d]
  }

  /** Moves every touched row; `step` counts batches from 1. */
  update({ learningRate, beta2, epsilon }: RowStepSettings, step: number): void {
    const D = this.width
    const { values, secondMoments, lastSteps } = this
    const sums = this.#sums
    const correction = 1 / (1 - beta2 ** step)
    for (let slot = 0; slot < this.#touchedCount; slot++) {
      const row = this.#touched[slot]
      this.#slotOfRow[row] = -1
      let square = 0
      for (let i = slot * D; i < (slot + 1) * D; i++) square += sums[i] * sums[i]
      const second = beta2 ** (step - lastSteps[row]) * secondMoments[row] + ((1 - beta2) * square) / D
      secondMoments[row] = second
      lastSteps[row] = step
      const rate = learningRate / (Math.sqrt(second * correction) + epsilon)
      for (let d = 0; d < D; d++) values[row * D + d] -= rate * sums[slot * D + d]
    }
    this.#touchedCount = 0
  }

  #growSlots(): void {
    const touched = new Int32Array(this.#touched.length * 2)
    touched.set(this.#touched)
    this.#touched = touched
    this.#sums = extended(this.#sums, touched.length * this.width)
  }
}

function extended(array: Float32Array, length: number): Float32Array {
  const longer = new Float32Array(length)
  longer.set(array)
  return longer
}
