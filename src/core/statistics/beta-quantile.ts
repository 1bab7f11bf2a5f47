import { betaFactor } from './beta-factor.ts'
import { incompleteBetaOfFactor } from './incomplete-beta.ts'
import { logGamma } from './log-gamma.ts'

const MAX_STEPS = 100
/** Two or three steps are the rule. After so many every other one halves the bracket, whatever Halley says. */
const PATIENCE = 8
/** Relative error, estimated, at which to stop. */
const ERROR_TOLERANCE = 1e-9

/** Upper standard normal deviate of a tail probability p <= 1/2, absolute error 5e-4 (Abramowitz and Stegun 26.2.23). */
function roughNormalDeviate(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p))
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
}

/** Log odds to start from for shapes >= 1 (Abramowitz and Stegun 26.5.22): a normal deviate on the scale of log odds. */
function startingLogOdds(p: number, a: number, b: number): number {
  const deviate = p < 0.5 ? roughNormalDeviate(p) : -roughNormalDeviate(1 - p)
  const reachA = 1 / (2 * a - 1)
  const reachB = 1 / (2 * b - 1)
  const lambda = (deviate * deviate - 3) / 6
  const mean = 2 / (reachA + reachB)
  const spread = (deviate * Math.sqrt(Math.max(0, mean + lambda))) / mean
  const half = spread - (reachB - reachA) * (lambda + 5 / 6 - 2 / (3 * mean))
  return Math.log(a / b) - 2 * half
}

/**
 * Solves I_z(a, b) = p for ln z by bracketed Halley steps on the logarithm of the smaller tail, which is near linear in
 * ln z in the lower tail and concave for b >= 1. `upper` is 1 - p; both are arguments, so that neither loses digits.
 */
function solve(start: number, p: number, upper: number, a: number, b: number): number {
  let low = -Infinity
  let high = 0
  let logZ = start
  for (let step = 0; step < MAX_STEPS; step++) {
    const z = Math.exp(logZ)
    const rest = -Math.expm1(logZ)
    const factor = betaFactor(z, rest, a, b)
    const isLower = p <= 0.5
    const tail = isLower ? incompleteBetaOfFactor(z, rest, a, b, factor) : incompleteBetaOfFactor(rest, z, b, a, factor)
    const gap = isLower ? Math.log(tail / p) : Math.log(upper / tail)
    if (gap < 0) low = logZ
    else high = logZ
    // d ln I / d ln z = factor / ((1 - z) I); its own derivative over itself gives Halley's term.
    const density = factor / rest
    const slope = density / tail
    const bend = a - ((b - 1) * z) / rest + (isLower ? -slope : slope)
    const newton = gap / slope
    const halley = newton / Math.max(0.5, 1 - 0.5 * newton * bend)
    let next = logZ - halley
    const change = Math.abs(halley)
    // What a Halley step leaves is cubic in it, on the scale on which the slope and its logarithm change.
    const scale = Math.max(1, slope, Math.abs(bend))
    const isLast = change * (change * scale) ** 2 < ERROR_TOLERANCE
    const mustHalve = step > PATIENCE && step % 2 === 1 && !isLast
    if (mustHalve || !(next >= low && next <= high)) {
      next = low === -Infinity ? logZ * 2 - 1 : 0.5 * (low + high)
      if (high - low < ERROR_TOLERANCE) return next
    } else if (isLast) return next
    logZ = next
  }
  return logZ
}

/**
 * Quantile of Beta(a, b): the x with I_x(a, b) = p, relative error below 1e-7 (absolute next to 1). Small shapes push
 * quantiles below the smallest number or next to 1: there the answer is 0 or 1. Throws RangeError unless p is in [0, 1]
 * and both shapes are positive and finite.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0 && a < Infinity && b < Infinity)) {
    throw new RangeError(`Cannot take a beta quantile: p = ${p}, a = ${a}, b = ${b}`)
  }
  if (p === 0 || p === 1) return p
  if (a >= 1 && b >= 1) {
    const logOdds = startingLogOdds(p, a, b)
    return logOdds <= 0
      ? Math.exp(solve(logOdds - Math.log1p(Math.exp(logOdds)), p, 1 - p, a, b))
      : -Math.expm1(solve(-logOdds - Math.log1p(Math.exp(-logOdds)), 1 - p, p, b, a))
  }
  // With a shape below 1 each tail is a power law: I = z^a / (a B) (1 + O(z)). Share the mass out at the mean.
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
  const lowerMass = Math.exp(a * Math.log(a / (a + b))) / a
  const upperMass = Math.exp(b * Math.log(b / (a + b))) / b
  const isLower = p < lowerMass / (lowerMass + upperMass)
  const logTail = isLower ? powerLaw(p, a, logBeta) : powerLaw(1 - p, b, logBeta)
  const tail = Math.exp(logTail)
  if (isLower && tail * Math.abs(b - 1) < 1e-9) return tail
  if (!isLower && tail * Math.abs(a - 1) < 1e-9) return 1 - tail
  // The upper law says nothing about the lower half.
  const lower = Math.min(0.999, isLower ? tail : tail < 0.5 ? 1 - tail : a / (a + b))
  return lower <= 0.5
    ? Math.exp(solve(Math.log(lower), p, 1 - p, a, b))
    : -Math.expm1(solve(Math.log(1 - lower), 1 - p, p, b, a))
}

/** ln z from I_z(a, b) = z^a / (a B), with logBeta = ln B. */
function powerLaw(p: number, a: number, logBeta: number): number {
  return (Math.log(p) + Math.log(a) + logBeta) / a
}
