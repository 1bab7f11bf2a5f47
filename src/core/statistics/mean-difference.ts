import { normalQuantile } from './normal-quantile.ts'
import { studentQuantile } from './student-quantile.ts'

/** An estimate with its standard error; NaN where there are too few values. */
export interface Estimate {
  readonly value: number
  readonly standardError: number
}

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Mean of `first` less mean of `second`, two samples that have nothing to do with each other (Welch). */
export function unpairedDifference(first: ArrayLike<number>, second: ArrayLike<number>): Estimate {
  const [a, b] = [momentsOf(first), momentsOf(second)]
  return {
    value: a.mean - b.mean,
    standardError: Math.sqrt(a.variance / first.length + b.variance / second.length),
  }
}

/** Mean of first_i - second_i. Throws RangeError for lists of different lengths. */
export function pairedDifference(first: ArrayLike<number>, second: ArrayLike<number>): Estimate {
  if (first.length !== second.length) {
    throw new RangeError(`Cannot pair ${first.length} values with ${second.length}`)
  }
  const { mean, variance } = momentsOf(Float64Array.from(first, (value, i) => value - second[i]))
  return { value: mean, standardError: Math.sqrt(variance / first.length) }
}

/** 95 % interval by the normal distribution, for an estimate of many values. */
export function normalInterval({ value, standardError }: Estimate): Interval {
  const reach = normalQuantile(0.975) * standardError
  return { value, low: value - reach, high: value + reach }
}

/** Mean of a few independent values with its 95 % interval by Student's t; NaN bounds for fewer than two. */
export function studentInterval(values: readonly number[]): Interval {
  const { mean, variance } = momentsOf(values)
  if (values.length < 2) return { value: mean, low: Number.NaN, high: Number.NaN }
  const reach = studentQuantile(0.975, values.length - 1) * Math.sqrt(variance / values.length)
  return { value: mean, low: mean - reach, high: mean + reach }
}

/**
 * y with the part taken out that a covariate x of the time before the experiment explains: y_i - theta (x_i - mean x), theta
 * the slope over all (CUPED; Deng et al., WSDM 2013). The mean stays; the variance falls by the squared correlation.
 */
export function withoutCovariate(y: Float64Array, x: Float64Array): Float64Array {
  const [{ mean: meanX, variance }, { mean: meanY }] = [momentsOf(x), momentsOf(y)]
  if (!(variance > 0)) return y.slice()
  let covariance = 0
  for (let i = 0; i < y.length; i++) covariance += ((x[i] - meanX) * (y[i] - meanY)) / (y.length - 1)
  const theta = covariance / variance
  return y.map((value, i) => value - theta * (x[i] - meanX))
}

/**
 * Values whose mean is the ratio of sums sum(a) / sum(b) and whose variance is that of the ratio: the delta method, one
 * value a user, R + (a_i - R b_i) / mean(b). All 0 when sum(b) is.
 */
export function ratioValues(numerators: Float64Array, denominators: Float64Array): Float64Array {
  const total = denominators.reduce((sum, value) => sum + value, 0)
  if (!(total > 0)) return new Float64Array(numerators.length)
  const ratio = numerators.reduce((sum, value) => sum + value, 0) / total
  const mean = total / denominators.length
  return numerators.map((value, i) => ratio + (value - ratio * denominators[i]) / mean)
}

function momentsOf(values: ArrayLike<number>): { mean: number; variance: number } {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2
  return { mean, variance: squares / (n - 1) }
}
