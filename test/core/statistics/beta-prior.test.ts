import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import {
  estimateBetaPrior,
  MAX_PRIOR_STRENGTH,
  MIN_PRIOR_STRENGTH,
  UNKNOWN_PRIOR_STRENGTH,
} from '../../../src/core/statistics/beta-prior.ts'
import { betaVariate } from '../../../src/core/statistics/beta-variate.ts'
import { logGamma } from '../../../src/core/statistics/log-gamma.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import reference from '../../fixtures/statistics/beta-prior.json' with { type: 'json' }

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** Marginal log likelihood of the pairs under Beta(a, b), without the binomial coefficients. */
function logLikelihood(successes: number[], trials: number[], a: number, b: number): number {
  return successes.reduce((sum, c, i) => sum + logBeta(a + c, b + trials[i] - c) - logBeta(a, b), 0)
}

describe('beta prior', () => {
  it.each(reference.regimes)('is the maximum of the marginal likelihood for $regime', (regime) => {
    const prior = estimateBetaPrior(regime.successes, regime.trials)
    expect(prior.origin).toBe('fixed-point')
    expect(prior.steps).toBeLessThan(200)
    expect(Math.abs(prior.priorAlpha / regime.priorAlpha - 1)).toBeLessThan(1e-5)
    expect(Math.abs(prior.priorBeta / regime.priorBeta - 1)).toBeLessThan(1e-5)
  })

  it('finds the prior that users were drawn from', () => {
    const random = createSeededRandom(2)
    const trials = Array.from({ length: 20_000 }, () => 1 + random.nextInt(30))
    const successes = trials.map((n) => {
      const rate = betaVariate(2.5, 3.2, random)
      let c = 0
      for (let i = 0; i < n; i++) if (random.next() < rate) c++
      return c
    })
    const { priorAlpha, priorBeta } = estimateBetaPrior(successes, trials)
    expect(Math.abs(priorAlpha / 2.5 - 1)).toBeLessThan(0.05)
    expect(Math.abs(priorBeta / 3.2 - 1)).toBeLessThan(0.05)
  })

  it('takes fractions, and its likelihood falls in every direction from there', () => {
    const random = createSeededRandom(6)
    const trials = Array.from({ length: 500 }, () => 20 * random.next())
    const successes = trials.map((n) => n * betaVariate(1, 4, random))
    const { priorAlpha, priorBeta, origin } = estimateBetaPrior(successes, trials)
    expect(origin).toBe('fixed-point')
    const best = logLikelihood(successes, trials, priorAlpha, priorBeta)
    for (const [up, right] of [
      [1.02, 1],
      [0.98, 1],
      [1, 1.02],
      [1, 0.98],
      [1.02, 1.02],
      [0.98, 0.98],
    ]) {
      expect(logLikelihood(successes, trials, priorAlpha * up, priorBeta * right)).toBeLessThan(best)
    }
  })

  it('does not depend on the order of users, nor on users without trials, and leaves its input alone', () => {
    const { successes, trials } = reference.regimes[0]
    const expected = estimateBetaPrior(successes, trials)
    const reversed = estimateBetaPrior([0, ...successes.toReversed()], [0, ...trials.toReversed()])
    expect(reversed.priorAlpha).toBeCloseTo(expected.priorAlpha, 8)
    const frozen = Float64Array.from(successes)
    estimateBetaPrior(frozen, Float64Array.from(trials))
    expect(Array.from(frozen)).toEqual(successes)
  })

  it('is flat when nobody has a trial', () => {
    const flat = { priorAlpha: 1, priorBeta: 1, origin: 'no-users', steps: 0 }
    expect(estimateBetaPrior([], [])).toEqual(flat)
    expect(estimateBetaPrior([0, 0], [0, 0])).toEqual(flat)
  })

  it('keeps a little doubt and little strength when none or all of the trials succeeded', () => {
    const none = estimateBetaPrior([0, 0, 0], [10, 20, 69])
    expect(none.origin).toBe('one-sided')
    expect(none.priorAlpha + none.priorBeta).toBeCloseTo(UNKNOWN_PRIOR_STRENGTH, 12)
    expect(none.priorAlpha / UNKNOWN_PRIOR_STRENGTH).toBeCloseTo(0.005, 12)
    const all = estimateBetaPrior([10, 20, 69], [10, 20, 69])
    expect(all.priorBeta).toBeCloseTo(none.priorAlpha, 12)
  })

  it('is as strong as the evidence for equal rates when rates spread no wider than noise', () => {
    const users = 2000
    const equal = estimateBetaPrior(Array(users).fill(5), Array(users).fill(10))
    expect(equal.origin).toBe('no-spread')
    expect(equal.priorAlpha).toBeCloseTo(equal.priorBeta, 9)
    expect(equal.priorAlpha + equal.priorBeta).toBeCloseTo(Math.sqrt((users * 90) / 2), 9)
    const huge = estimateBetaPrior([5e5, 5e5], [1e6, 1e6])
    expect(huge.priorAlpha + huge.priorBeta).toBeCloseTo(MAX_PRIOR_STRENGTH, 6)
  })

  it('does not call single trials evidence for equal rates', () => {
    const single = estimateBetaPrior([1, 0, 0, 0], [1, 1, 1, 1])
    expect(single.origin).toBe('no-spread')
    expect(single.priorAlpha / (single.priorAlpha + single.priorBeta)).toBeCloseTo(1.5 / 5, 12)
    expect(single.priorAlpha + single.priorBeta).toBeCloseTo(UNKNOWN_PRIOR_STRENGTH, 12)
  })

  it('goes to the weakest prior when every user is all or nothing', () => {
    const polar = estimateBetaPrior([0, 30, 0, 30, 0, 30], [30, 30, 30, 30, 30, 30])
    expect(polar.priorAlpha + polar.priorBeta).toBeCloseTo(MIN_PRIOR_STRENGTH, 9)
    expect(polar.priorAlpha).toBeCloseTo(polar.priorBeta, 9)
  })

  it('survives an extrapolation that overshoots to nothing', () => {
    const { priorAlpha, priorBeta, origin } = estimateBetaPrior([0, 846], [156.90477078879755, 846])
    expect(origin).toBe('fixed-point')
    expect(priorAlpha).toBeGreaterThan(0.2)
    expect(priorAlpha + priorBeta).toBeCloseTo(MIN_PRIOR_STRENGTH, 9)
  })

  it('stays finite and in bounds for any counts', () => {
    const user = fc
      .tuple(fc.double({ min: 0, max: 300, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean())
      .map(([n, rate, whole]) => (whole ? [Math.round(Math.round(n) * rate), Math.round(n)] : [n * rate, n]))
    fc.assert(
      fc.property(fc.array(user, { maxLength: 30 }), (users) => {
        const { priorAlpha, priorBeta } = estimateBetaPrior(
          users.map(([c]) => c),
          users.map(([, n]) => n),
        )
        expect(priorAlpha > 0 && priorBeta > 0).toBe(true)
        expect(priorAlpha + priorBeta).toBeGreaterThan(MIN_PRIOR_STRENGTH * 0.999)
        expect(priorAlpha + priorBeta).toBeLessThan(MAX_PRIOR_STRENGTH * 1.001)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [[1], [0.5]],
    [[-1], [3]],
    [[Number.NaN], [3]],
    [[1], [Infinity]],
    [[1], [1, 2]],
  ])('refuses successes %j in trials %j', (successes, trials) => {
    expect(() => estimateBetaPrior(successes, trials)).toThrow(RangeError)
  })
})
