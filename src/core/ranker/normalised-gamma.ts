import type { Gamma } from './gamma.ts'

/**
 * gamma over its population mean, cut to 1 / gammaBound .. gammaBound (method section 6: 4), scaled to a sum of T for each example (method section 6): a rare task
 * no longer weighs less because it is rare, and an example no more because its user does much.
 */
export const normalisedGamma: Gamma = ({ posteriorDraws, posteriorDrawMeans, gammaBound }) => {
  const T = posteriorDrawMeans.length
  const gammas = new Float32Array(posteriorDraws.length)
  const ratios = new Float64Array(T)
  for (let from = 0; from < gammas.length; from += T) {
    let sum = 0
    for (let k = 0; k < T; k++) {
      const ratio = posteriorDraws[from + k] / Math.max(posteriorDrawMeans[k], Number.MIN_VALUE)
      ratios[k] = Math.min(gammaBound, Math.max(1 / gammaBound, ratio))
      sum += ratios[k]
    }
    for (let k = 0; k < T; k++) gammas[from + k] = (ratios[k] * T) / sum
  }
  return gammas
}
