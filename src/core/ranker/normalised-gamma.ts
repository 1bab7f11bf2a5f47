import type { Gamma } from './gamma.ts'

/** A draw counts for at least and at most so many population means. */
const LEAST_RATIO = 0.25
const MOST_RATIO = 4

/**
 * gamma over its population mean, cut to 1/4 .. 4, scaled to a sum of T for each example (method section 6): a rare task
 * no longer weighs less because it is rare, and an example no more because its user does much.
 */
export const normalisedGamma: Gamma = ({ posteriorDraws, posteriorDrawMeans }) => {
  const T = posteriorDrawMeans.length
  const gammas = new Float32Array(posteriorDraws.length)
  const ratios = new Float64Array(T)
  for (let from = 0; from < gammas.length; from += T) {
    let sum = 0
    for (let k = 0; k < T; k++) {
      const ratio = posteriorDraws[from + k] / Math.max(posteriorDrawMeans[k], Number.MIN_VALUE)
      ratios[k] = Math.min(MOST_RATIO, Math.max(LEAST_RATIO, ratio))
      sum += ratios[k]
    }
    for (let k = 0; k < T; k++) gammas[from + k] = (ratios[k] * T) / sum
  }
  return gammas
}
