import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

/** Directions of the largest variance. */
export interface PrincipalComponents {
  /** (D) */
  readonly mean: Float64Array
  /** Unit vectors, (C, D). */
  readonly axes: readonly Float64Array[]
  /** Share of the variance along each axis, (C), falling. */
  readonly explained: readonly number[]
}

/** Of all variance: less than this along an axis is the rounding of the decomposition. */
const ROUNDING = 1e-12

/**
 * The first `count` principal components of rows (N, D), of the eigenvectors of their covariance. The largest entry of
 * each axis is positive, so that a picture does not flip. Without variance left, an axis is zero.
 */
export function principalComponents(rows: readonly ArrayLike<number>[], count: number): PrincipalComponents {
  const D = rows[0]?.length ?? 0
  const mean = new Float64Array(D)
  for (const row of rows) for (let d = 0; d < D; d++) mean[d] += row[d] / rows.length
  const covariance = covarianceOf(rows, mean)
  const total = covariance.trace()
  if (!(total > 0)) {
    return { mean, axes: Array.from({ length: count }, () => new Float64Array(D)), explained: Array(count).fill(0) }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const axes: Float64Array[] = []
  const explained: number[] = []
  for (let c = 0; c < count; c++) {
    // The decomposition gives its values rising.
    const column = D - 1 - c
    const share = column < 0 ? 0 : realEigenvalues[column] / total
    axes.push(share > ROUNDING ? pointingUp(eigenvectorMatrix.getColumn(column)) : new Float64Array(D))
    // With two points the one axis has all of the variance, and rounding could make it more.
    explained.push(share > ROUNDING ? Math.min(1, share) : 0)
  }
  return { mean, axes, explained }
}

/** Coordinates of a row along the axes, (C). */
export function project(row: ArrayLike<number>, { mean, axes }: PrincipalComponents): number[] {
  return axes.map((axis) => axis.reduce((sum, weight, d) => sum + weight * (row[d] - mean[d]), 0))
}

/** (D, D) */
function covarianceOf(rows: readonly ArrayLike<number>[], mean: Float64Array): Matrix {
  const D = mean.length
  const sums = Array.from({ length: D }, () => new Float64Array(D))
  for (const row of rows) {
    for (let i = 0; i < D; i++) {
      const deviation = (row[i] - mean[i]) / rows.length
      for (let j = 0; j < D; j++) sums[i][j] += deviation * (row[j] - mean[j])
    }
  }
  return new Matrix(sums)
}

function pointingUp(axis: readonly number[]): Float64Array {
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return Float64Array.from(axis, (value) => (largest < 0 ? -value : value))
}
