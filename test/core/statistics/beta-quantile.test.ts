import * as fc from '../../support/fast-check.ts'
import jStat from 'jstat'
import { describe, expect, it } from 'vitest'
import { betaQuantile } from '../../../src/core/statistics/beta-quantile.ts'
import { incompleteBeta } from '../../../src/core/statistics/incomplete-beta.ts'
import reference from '../../fixtures/statistics/beta-quantile.json' with { type: 'json' }

describe('beta quantile', () => {
  it.each(reference.regimes)('equals the reference in regime $regime', ({ rows }) => {
    for (const [p, a, b, value] of rows) {
      expect(Math.abs(betaQuantile(p, a, b) / value - 1), `p = ${p}, a = ${a}, b = ${b}`).toBeLessThan(1e-7)
    }
  })

  it('is undone by the cdf', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), fc.constantFrom(0.05, 0.5, 0.95)),
        fc.double({ min: 0.05, max: 1e3, noNaN: true }),
        fc.double({ min: 0.05, max: 1e3, noNaN: true }),
        (p, a, b) => {
          const x = betaQuantile(p, a, b)
          // Near 1 a step of the last bits of x can be a step over p.
          expect(incompleteBeta(x * (1 - 1e-7), a, b)).toBeLessThan(p)
          expect(incompleteBeta(x * (1 + 1e-7), a, b)).toBeGreaterThan(p)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('rises with p and mirrors when the shapes change places', () => {
    const shape = fc.double({ min: -2, max: 5, noNaN: true }).map((exponent) => 10 ** exponent)
    // Below 1e-290 the logarithm of a probability runs out of digits.
    const probability = fc.double({ min: 0, max: 1, noNaN: true }).map((p) => (p < 1e-290 ? 0 : p))
    fc.assert(
      fc.property(probability, probability, shape, shape, (p1, p2, a, b) => {
        const [low, high] = p1 < p2 ? [p1, p2] : [p2, p1]
        expect(betaQuantile(high, a, b)).toBeGreaterThanOrEqual(betaQuantile(low, a, b) * (1 - 1e-7))
        const p = Math.max(high, 0.5)
        expect(betaQuantile(p, a, b)).toBeCloseTo(1 - betaQuantile(1 - p, b, a), 7)
      }),
      { numRuns: 500 },
    )
  })

  it('agrees with jStat for shapes in 1 .. 60', () => {
    const shape = fc.double({ min: 1, max: 60, noNaN: true })
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), shape, shape, (p, a, b) => {
        expect(Math.abs(betaQuantile(p, a, b) - jStat.beta.inv(p, a, b))).toBeLessThan(1e-6)
      }),
    )
  })

  it('stays where a step lands on the root', () => {
    // With b = 1 the logarithm of the cdf is a line, and one step is exact.
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (p, a) => {
          expect(Math.abs(betaQuantile(p, a, 1) / p ** (1 / a) - 1)).toBeLessThan(1e-9)
        },
      ),
    )
  })

  it('does not take a narrow bracket or a first step for the end, far out in the tail', () => {
    const exponent = fc.double({ min: -290, max: -1, noNaN: true })
    fc.assert(
      fc.property(exponent, fc.double({ min: 1, max: 1e5, noNaN: true }), (logP, a) => {
        const expected = 10 ** (logP / a)
        expect(Math.abs(betaQuantile(10 ** logP, a, 1) / expected - 1)).toBeLessThan(1e-7)
        expect(Math.abs(betaQuantile(10 ** logP, 1, a) / -Math.expm1(Math.log1p(-(10 ** logP)) / a) - 1)).toBeLessThan(
          1e-7,
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('arrives from a poor start: a power law that holds in neither tail', () => {
    for (const [p, a, b] of [
      [0.95, 0.18789218509827135, 5.638556866415554],
      [0.939515741658397, 0.1723038248812395, 3.873605532388121],
      [0.05, 5.638556866415554, 0.18789218509827135],
    ]) {
      expect(Math.abs(incompleteBeta(betaQuantile(p, a, b), a, b) - p)).toBeLessThan(1e-9)
    }
  })

  it('goes to the ends with p, and with shapes too small for a double', () => {
    expect(betaQuantile(0, 2, 3)).toBe(0)
    expect(betaQuantile(1, 2, 3)).toBe(1)
    expect(betaQuantile(0.05, 1e-3, 1e-3)).toBe(0)
    expect(betaQuantile(0.95, 1e-3, 1e-3)).toBe(1)
    expect(betaQuantile(1e-12, 30, 2)).toBeGreaterThan(0)
    // a = 1e5, b = 1: the cdf is x^a.
    expect(betaQuantile(2.5e-30, 1e5, 1)).toBeCloseTo(2.5e-30 ** 1e-5, 12)
    expect(betaQuantile(0.5, 1, 1)).toBeCloseTo(0.5, 12)
  })

  it.each([
    [-0.1, 1, 1],
    [1.1, 1, 1],
    [Number.NaN, 1, 1],
    [0.5, 0, 1],
    [0.5, 1, Infinity],
  ])('refuses p = %d, a = %d, b = %d', (p, a, b) => {
    expect(() => betaQuantile(p, a, b)).toThrow(RangeError)
  })
})
