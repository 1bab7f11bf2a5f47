import { digamma } from './digamma.ts'

export const MIN_PRIOR_STRENGTH = 0.5
export const MAX_PRIOR_STRENGTH = 1e4
/** Strength of the prior when the users' counts say nothing about how users differ. */
export const UNKNOWN_PRIOR_STRENGTH = 5

const MAX_STEPS = 1000
const TOLERANCE = 1e-10
const LOWEST_LOG_SHAPE = Math.log(1e-9)

/** Prior Beta(priorAlpha, priorBeta) of a task's user rates. */
export interface BetaPrior {
  readonly priorAlpha: number
  readonly priorBeta: number
  /**
   * How it came about. `fixed-point`: maximum of the marginal likelihood. `no-users`: nobody has a trial, the flat
   * Beta(1, 1). The other two have the mean (C + 1/2) / (I + 1) of the pooled counts. `one-sided`: all or none of the
   * trials succeeded; UNKNOWN_PRIOR_STRENGTH. `no-spread`: rates spread no wider than binomial noise, the likelihood
   * rises for ever with the strength; the largest strength at which a spread would still have shown.
   */
  readonly origin: 'fixed-point' | 'no-users' | 'one-sided' | 'no-spread'
  readonly steps: number
}

/** Distinct values with how many users have each. */
interface Histogram {
  readonly values: Float64Array
  readonly counts: Float64Array
}

function histogramOf(values: Float64Array): Histogram {
  const sorted = values.sort()
  const distinct: number[] = []
  const counts: number[] = []
  for (const value of sorted) {
    if (distinct.length > 0 && distinct[distinct.length - 1] === value) counts[counts.length - 1]++
    else {
      distinct.push(value)
      counts.push(1)
    }
  }
  return { values: Float64Array.from(distinct), counts: Float64Array.from(counts) }
}

/** Sum over users of psi(count + shape) - psi(shape). */
function digammaSum({ values, counts }: Histogram, shape: number): number {
  const base = digamma(shape)
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] > 0) sum += counts[i] * (digamma(values[i] + shape) - base)
  }
  return sum
}

/** Pooled sums over users; validates every pair. */
function pooledSums(successes: ArrayLike<number>, trials: ArrayLike<number>) {
  let successSum = 0
  let trialSum = 0
  let pairSum = 0
  for (let i = 0; i < trials.length; i++) {
    const c = successes[i]
    const n = trials[i]
    if (!(c >= 0 && c <= n && n < Infinity)) {
      throw new RangeError(`Cannot fit a prior: user ${i} has ${c} successes in ${n} trials`)
    }
    successSum += c
    trialSum += n
    pairSum += Math.max(0, n * (n - 1))
  }
  return { successSum, trialSum, pairSum }
}

/**
 * Sum of (C - I m)^2 / (m (1 - m)) - I over users: what the counts vary beyond binomial noise. It is Tarone's (1979)
 * score of the marginal likelihood at infinite strength: where it is not positive, the likelihood rises towards there.
 */
function excessVariation(successes: ArrayLike<number>, trials: ArrayLike<number>, mean: number): number {
  let excess = 0
  for (let i = 0; i < trials.length; i++) {
    const residual = successes[i] - trials[i] * mean
    excess += (residual * residual) / (mean * (1 - mean)) - trials[i]
  }
  return excess
}

function clampStrength(strength: number): number {
  return Math.min(MAX_PRIOR_STRENGTH, Math.max(MIN_PRIOR_STRENGTH, strength))
}

/**
 * Empirical-Bayes prior of a Beta-binomial from each user's successes C and trials I, shape (U) both, fractions allowed.
 * The start are moments: a0 = m s, b0 = (1 - m) s with s = m (1 - m) / v - 1, where v is the variance of user rates less
 * the binomial noise m (1 - m) / I. Users weigh by their trials (Kleinman 1973), or those with one trial would drown the
 * rest on a rare task. Then the fixed point of Minka (2000, "Estimating a Dirichlet distribution") for two classes,
 *   a0 <- a0 sum(psi(C + a0) - psi(a0)) / sum(psi(I + a0 + b0) - psi(a0 + b0)), and the like for b0,
 * extrapolated at every third step (SQUAREM, Varadhan and Roland 2008). The three sums run over distinct values, so many
 * users with small integer counts cost little. a0 + b0 stays in [0.5, 1e4]. Throws RangeError unless 0 <= C <= I.
 */
export function estimateBetaPrior(successes: ArrayLike<number>, trials: ArrayLike<number>): BetaPrior {
  if (successes.length !== trials.length) {
    throw new RangeError(`Cannot fit a prior: ${successes.length} success counts but ${trials.length} trial counts`)
  }
  const { successSum, trialSum, pairSum } = pooledSums(successes, trials)
  if (trialSum === 0) return { priorAlpha: 1, priorBeta: 1, origin: 'no-users', steps: 0 }
  const mean = successSum / trialSum
  const smoothedMean = (successSum + 0.5) / (trialSum + 1)
  if (!(mean > 0 && mean < 1)) {
    return priorOf(smoothedMean, UNKNOWN_PRIOR_STRENGTH, 'one-sided')
  }
  const excess = excessVariation(successes, trials, mean)
  if (!(excess > 0 && pairSum > 0)) {
    // Under equal rates the intra-class correlation 1 / (1 + strength) is known to about 1 / sqrt(pairs of trials).
    const strength = clampStrength(Math.max(UNKNOWN_PRIOR_STRENGTH, Math.sqrt(pairSum / 2)))
    return priorOf(smoothedMean, strength, 'no-spread')
  }
  // excess >= pairSum is v >= m (1 - m): all-or-nothing users, the weakest prior is the start.
  const start = clampStrength(pairSum / excess - 1)
  return fixedPoint(successes, trials, mean * start, (1 - mean) * start)
}

function priorOf(mean: number, strength: number, origin: BetaPrior['origin']): BetaPrior {
  return { priorAlpha: mean * strength, priorBeta: (1 - mean) * strength, origin, steps: 0 }
}

function fixedPoint(
  successes: ArrayLike<number>,
  trials: ArrayLike<number>,
  startAlpha: number,
  startBeta: number,
): BetaPrior {
  const failures = Float64Array.from(trials, (n, i) => n - successes[i])
  const successHistogram = histogramOf(Float64Array.from(successes))
  const failureHistogram = histogramOf(failures)
  const trialHistogram = histogramOf(Float64Array.from(trials))
  // Logarithms of (a0, b0): now, and one and two steps before.
  let now: Shapes = [Math.log(startAlpha), Math.log(startBeta)]
  let before = now
  let beforeThat = now
  let steps = 0
  while (steps < MAX_STEPS) {
    beforeThat = before
    before = now
    const alpha = Math.exp(before[0])
    const beta = Math.exp(before[1])
    const denominator = digammaSum(trialHistogram, alpha + beta)
    now = bounded(
      before[0] + Math.log(digammaSum(successHistogram, alpha) / denominator),
      before[1] + Math.log(digammaSum(failureHistogram, beta) / denominator),
    )
    steps++
    const change = Math.max(Math.abs(now[0] - before[0]), Math.abs(now[1] - before[1]))
    if (change <= TOLERANCE) break
    if (steps % 3 === 2) now = extrapolated(beforeThat, before, now)
  }
  return { priorAlpha: Math.exp(now[0]), priorBeta: Math.exp(now[1]), origin: 'fixed-point', steps }
}

type Shapes = readonly [logAlpha: number, logBeta: number]

/** Both shapes scaled so that their sum lies within the bounds, and kept off 0. */
function bounded(logAlpha: number, logBeta: number): Shapes {
  const strength = Math.exp(logAlpha) + Math.exp(logBeta)
  const shift = Math.log(clampStrength(strength) / strength)
  return [Math.max(LOWEST_LOG_SHAPE, logAlpha + shift), Math.max(LOWEST_LOG_SHAPE, logBeta + shift)]
}

/** SQUAREM step length -|r| / |v| with r the last change and v the change of the change; never shorter than plain. */
function extrapolated(first: Shapes, second: Shapes, third: Shapes): Shapes {
  const r0 = second[0] - first[0]
  const r1 = second[1] - first[1]
  const v0 = third[0] - second[0] - r0
  const v1 = third[1] - second[1] - r1
  const curvature = Math.hypot(v0, v1)
  if (curvature === 0) return third
  const length = Math.min(1000, Math.max(1, Math.hypot(r0, r1) / curvature))
  return bounded(first[0] + 2 * length * r0 + length * length * v0, first[1] + 2 * length * r1 + length * length * v1)
}
