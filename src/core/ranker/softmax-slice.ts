/** softmax of values[from .. to), in place. */
export function softmaxSlice(values: Float64Array, from: number, to: number): void {
  // The larger of two as arithmetic: near enough to keep exp in range, and without a branch to mispredict.
  let top = values[from]
  for (let i = from + 1; i < to; i++) top = 0.5 * (top + values[i] + Math.abs(top - values[i]))
  let total = 0
  for (let i = from; i < to; i++) {
    const weight = Math.exp(values[i] - top)
    values[i] = weight
    total += weight
  }
  for (let i = from; i < to; i++) values[i] /= total
}
