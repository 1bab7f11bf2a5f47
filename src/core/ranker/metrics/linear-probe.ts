const STEPS = 400
const STEP_SIZE = 0.5
const PENALTY = 1e-3

export interface ProbeResult {
  readonly accuracy: number
  /** Mean over the classes of the share of theirs that is found: 1 / classes for a guess. */
  readonly balancedAccuracy: number
  /** Accuracy of always naming the most common class. */
  readonly majority: number
}

/**
 * How much of the labels a linear model reads off the points (N, D): softmax regression, classes weighted alike, by
 * gradient steps from zero on the even rows, judged on the odd ones. Points are used as they are: standardise them
 * first. NaN for fewer than two classes.
 */
export function linearProbe(
  points: readonly ArrayLike<number>[],
  labels: readonly number[],
  classes: number,
): ProbeResult {
  const train = labels.flatMap((_, i) => (i % 2 === 0 ? [i] : []))
  const test = labels.flatMap((_, i) => (i % 2 === 1 ? [i] : []))
  const found = new Set(labels)
  if (found.size < 2 || test.length === 0) return { accuracy: NaN, balancedAccuracy: NaN, majority: NaN }
  const weights = fit(train, points, labels, classes)
  const right = new Array<number>(classes).fill(0)
  const total = new Array<number>(classes).fill(0)
  for (const i of test) {
    const scores = logits(points[i], weights, classes)
    total[labels[i]]++
    if (scores.indexOf(Math.max(...scores)) === labels[i]) right[labels[i]]++
  }
  const present = total.flatMap((count, c) => (count > 0 ? [right[c] / count] : []))
  return {
    accuracy: right.reduce((sum, count) => sum + count, 0) / test.length,
    balancedAccuracy: present.reduce((sum, share) => sum + share, 0) / present.length,
    majority: Math.max(...total) / test.length,
  }
}

/** Each column with mean 0 and variance 1; a column without variance becomes 0. */
export function standardise(points: readonly ArrayLike<number>[]): Float64Array[] {
  const D = points[0]?.length ?? 0
  const N = points.length
  const mean = new Float64Array(D)
  const variance = new Float64Array(D)
  for (const point of points) for (let d = 0; d < D; d++) mean[d] += point[d] / N
  for (const point of points) for (let d = 0; d < D; d++) variance[d] += (point[d] - mean[d]) ** 2 / N
  return points.map((point) =>
    Float64Array.from({ length: D }, (_, d) =>
      variance[d] > 1e-18 ? (point[d] - mean[d]) / Math.sqrt(variance[d]) : 0,
    ),
  )
}

/** (C, D + 1), the last column the bias. */
function fit(
  train: readonly number[],
  points: readonly ArrayLike<number>[],
  labels: readonly number[],
  classes: number,
): Float64Array {
  const width = points[0].length + 1
  const weights = new Float64Array(classes * width)
  const sizes = new Array<number>(classes).fill(0)
  for (const i of train) sizes[labels[i]]++
  const present = sizes.filter((size) => size > 0).length
  for (let step = 0; step < STEPS; step++) {
    const gradient = new Float64Array(weights.length)
    for (const i of train) {
      const scores = logits(points[i], weights, classes)
      const top = Math.max(...scores)
      const powers = scores.map((score) => Math.exp(score - top))
      const sum = powers.reduce((all, power) => all + power, 0)
      const share = 1 / (present * sizes[labels[i]])
      for (let c = 0; c < classes; c++) {
        const error = share * (powers[c] / sum - (labels[i] === c ? 1 : 0))
        for (let d = 0; d < width - 1; d++) gradient[c * width + d] += error * points[i][d]
        gradient[c * width + width - 1] += error
      }
    }
    for (let w = 0; w < weights.length; w++) weights[w] -= STEP_SIZE * (gradient[w] + PENALTY * weights[w])
  }
  return weights
}

function logits(point: ArrayLike<number>, weights: Float64Array, classes: number): number[] {
  const width = point.length + 1
  return Array.from({ length: classes }, (_, c) => {
    let sum = weights[c * width + width - 1]
    for (let d = 0; d < width - 1; d++) sum += weights[c * width + d] * point[d]
    return sum
  })
}
