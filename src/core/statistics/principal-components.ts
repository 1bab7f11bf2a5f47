const ITERATIONS = 200
const CONVERGED = 1e-10
const NO_VARIANCE = 1e-30

/** Directions of the largest variance. */
export interface PrincipalComponents {
  /** (D) */
  readonly mean: Float64Array
  /** Unit vectors, (C, D). */
  readonly axes: readonly Float64Array[]
  /** Share of the variance along each axis, (C). */
  readonly explained: readonly number[]
}

/**
 * The first `count` principal components of rows (N, D), by power iteration with deflation from a fixed start: the same
 * rows give the same axes, and the largest entry of each is positive, so that a picture does not flip. Without variance
 * left, an axis is zero.
 */
export function principalComponents(rows: readonly ArrayLike<number>[], count: number): PrincipalComponents {
  const D = rows[0]?.length ?? 0
  const mean = new Float64Array(D)
  for (const row of rows) for (let d = 0; d < D; d++) mean[d] += row[d] / rows.length
  const covariance = covarianceOf(rows, mean)
  let total = 0
  for (let d = 0; d < D; d++) total += covariance[d * D + d]
  const axes: Float64Array[] = []
  const explained: number[] = []
  for (let c = 0; c < count; c++) {
    const { axis, variance } = largestEigenvector(covariance, D, axes)
    axes.push(axis)
    // With two points the one axis has all of the variance, and rounding could make it more.
    explained.push(total > 0 ? Math.min(1, variance / total) : 0)
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) covariance[i * D + j] -= variance * axis[i] * axis[j]
  }
  return { mean, axes, explained }
}

/** Coordinates of a row along the axes, (C). */
export function project(row: ArrayLike<number>, { mean, axes }: PrincipalComponents): number[] {
  return axes.map((axis) => axis.reduce((sum, weight, d) => sum + weight * (row[d] - mean[d]), 0))
}

/** (D, D), row-major. */
function covarianceOf(rows: readonly ArrayLike<number>[], mean: Float64Array): Float64Array {
  const D = mean.length
  const covariance = new Float64Array(D * D)
  for (const row of rows) {
    for (let i = 0; i < D; i++) {
      const deviation = (row[i] - mean[i]) / rows.length
      for (let j = 0; j < D; j++) covariance[i * D + j] += deviation * (row[j] - mean[j])
    }
  }
  return covariance
}

/** By power iteration, orthogonal to `earlier`: what deflation leaves of them by rounding must not come back. */
function largestEigenvector(
  matrix: Float64Array,
  D: number,
  earlier: readonly Float64Array[],
): { axis: Float64Array; variance: number } {
  // No direction of the data is orthogonal to this start but by accident.
  let axis = Float64Array.from({ length: D }, (_, d) => 1 / (d + 1))
  let variance = 0
  for (let step = 0; step < ITERATIONS; step++) {
    const next = new Float64Array(D)
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) next[i] += matrix[i * D + j] * axis[j]
    for (const other of earlier) {
      const along = next.reduce((sum, value, d) => sum + value * other[d], 0)
      for (let d = 0; d < D; d++) next[d] -= along * other[d]
    }
    const length = Math.hypot(...next)
    if (length < NO_VARIANCE) return { axis: new Float64Array(D), variance: 0 }
    for (let d = 0; d < D; d++) next[d] /= length
    const moved = next.reduce((sum, value, d) => sum + Math.abs(value - axis[d]), 0)
    axis = next
    variance = length
    if (moved < CONVERGED) break
  }
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return { axis: largest < 0 ? axis.map((value) => -value) : axis, variance }
}
