/**
 * Empirical quantiles of `values` (any order, not mutated) at `points` equally spaced probabilities 0 .. 1, ascending,
 * with linear interpolation between order statistics (Hyndman and Fan's type 7). Empty when there is no value.
 * Throws RangeError when points < 2 or a value is not finite.
 */
export function buildQuantileTable(values: ArrayLike<number>, points: number): Float64Array {
  if (!(Number.isInteger(points) && points >= 2)) {
    throw new RangeError(`Cannot build a quantile table of ${points} points: it needs an integer >= 2`)
  }
  const count = values.length
  if (count === 0) return new Float64Array(0)
  const sorted = Float64Array.from(values)
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(sorted[i])) throw new RangeError(`Cannot build a quantile table: value ${i} is ${sorted[i]}`)
  }
  sorted.sort()
  const table = new Float64Array(points)
  for (let point = 0; point < points; point++) {
    table[point] = valueAt(sorted, point / (points - 1))
  }
  return table
}

/** Quantile at probability p, clamped to [0, 1]; linear between the table's entries. NaN for an empty table. */
export function valueAt(table: Float64Array, p: number): number {
  const last = table.length - 1
  if (last < 0) return Number.NaN
  const position = Math.min(1, Math.max(0, p)) * last
  const below = Math.min(Math.floor(position), Math.max(0, last - 1))
  const above = Math.min(below + 1, last)
  const share = position - below
  // The two-sided form returns equal neighbours exactly and never leaves their interval.
  return share === 1 ? table[above] : Math.min(table[below] + share * (table[above] - table[below]), table[above])
}

/** Entries of the ascending table that are below `value`, or at most `value` when `orEqual`. */
function countBelow(table: Float64Array, value: number, orEqual: boolean): number {
  let low = 0
  let high = table.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (table[middle] < value || (orEqual && table[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * F(value) in [0, 1], monotone: linear between entries, the middle of the run where several entries tie (mid-rank), 0
 * below and 1 above the table. A table of one value gives 1/2 at it. NaN for an empty table or value.
 */
export function quantileOf(table: Float64Array, value: number): number {
  const count = table.length
  if (count === 0 || value !== value) return Number.NaN
  const below = countBelow(table, value, false)
  if (below === count) return 1
  if (table[below] === value) {
    const last = countBelow(table, value, true) - 1
    return count === 1 ? 0.5 : (below + last) / 2 / (count - 1)
  }
  if (below === 0) return 0
  const floor = table[below - 1]
  return (below - 1 + (value - floor) / (table[below] - floor)) / (count - 1)
}
