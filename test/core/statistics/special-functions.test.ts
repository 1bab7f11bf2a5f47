import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { betaFactor } from '../../../src/core/statistics/beta-factor.ts'
import { digamma } from '../../../src/core/statistics/digamma.ts'
import { erfc } from '../../../src/core/statistics/erfc.ts'
import { logDeviance } from '../../../src/core/statistics/log-deviance.ts'
import { logGamma } from '../../../src/core/statistics/log-gamma.ts'
import { stirlingCorrection } from '../../../src/core/statistics/stirling-correction.ts'
import digammaReference from '../../fixtures/statistics/digamma.json' with { type: 'json' }
import erfcReference from '../../fixtures/statistics/erfc.json' with { type: 'json' }
import logGammaReference from '../../fixtures/statistics/log-gamma.json' with { type: 'json' }

describe('log gamma', () => {
  it.each(logGammaReference.regimes)('equals the reference in regime $regime', ({ rows }) => {
    for (const [x, value] of rows) {
      expect(Math.abs(logGamma(x) - value), `x = ${x}`).toBeLessThan(1e-14 * Math.max(1, Math.abs(value)))
    }
  })

  it('keeps the recurrence ln Gamma(x + 1) = ln Gamma(x) + ln x', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (x) => {
        const right = logGamma(x) + Math.log(x)
        expect(Math.abs(logGamma(x + 1) - right)).toBeLessThan(1e-13 * Math.max(1, Math.abs(right), x))
      }),
    )
  })

  it('refuses what is not positive, and is infinite at infinity', () => {
    for (const x of [0, -1, Number.NaN]) expect(() => logGamma(x)).toThrow(RangeError)
    expect(logGamma(Infinity)).toBe(Infinity)
  })
})

describe('digamma', () => {
  it.each(digammaReference.regimes)('equals the reference in regime $regime', ({ rows }) => {
    for (const [x, value] of rows) {
      expect(Math.abs(digamma(x) - value), `x = ${x}`).toBeLessThan(1e-14 * Math.max(1, Math.abs(value)))
    }
  })

  it('refuses what is not positive', () => {
    for (const x of [0, -0.5, Number.NaN]) expect(() => digamma(x)).toThrow(RangeError)
  })
})

describe('erfc', () => {
  it.each(erfcReference.regimes)('equals the reference in regime $regime', ({ rows }) => {
    for (const [x, value] of rows) {
      expect(Math.abs(erfc(x) - value), `x = ${x}`).toBeLessThan(x < 2.5 ? 2e-15 : 1e-13 * value)
    }
  })

  it('has its limits at both ends', () => {
    expect(erfc(40)).toBe(0)
    expect(erfc(-40)).toBe(2)
  })
})

describe('log deviance', () => {
  it('keeps its relative accuracy through zero and across the seam', () => {
    // t^2/2 - t^3/3 + ... summed to the end.
    for (const t of [1e-9, -1e-9, 1e-5, -1e-4, 0.01, 0.0999, -0.0999, 0.1001, -0.1001]) {
      let sum = 0
      for (let power = 60; power >= 2; power--) sum += ((power % 2 === 0 ? 1 : -1) * t ** power) / power
      expect(Math.abs(logDeviance(t) / sum - 1), `t = ${t}`).toBeLessThan(1e-14)
    }
    expect(logDeviance(0)).toBe(0)
    expect(logDeviance(Math.E - 1)).toBeCloseTo(Math.E - 2, 14)
  })
})

describe('stirling correction', () => {
  it('closes the gap between the leading terms and ln of a factorial', () => {
    const leading = 9.5 * Math.log(10) - 10 + 0.5 * Math.log(2 * Math.PI)
    expect(stirlingCorrection(10)).toBeCloseTo(Math.log(362_880) - leading, 14)
    expect(stirlingCorrection(1e8) * 12e8).toBeCloseTo(1, 14)
  })
})

describe('beta factor', () => {
  it('equals its definition for shapes on either side of the seam at 10', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 40, noNaN: true }),
        fc.double({ min: 0.01, max: 40, noNaN: true }),
        fc.double({ min: -9, max: -0.31, noNaN: true }).map((exponent) => 10 ** exponent),
        (a, b, x) => {
          const logFactor = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)
          fc.pre(logFactor > -600)
          expect(Math.abs(betaFactor(x, 1 - x, a, b) / Math.exp(logFactor) - 1)).toBeLessThan(1e-12 * (1 - logFactor))
          expect(betaFactor(1 - x, x, b, a) / betaFactor(x, 1 - x, a, b)).toBeCloseTo(1, 12)
        },
      ),
    )
  })

  it('falls to zero and not to NaN next to the ends', () => {
    expect(betaFactor(1e-300, 1, 20, 30)).toBe(0)
    expect(betaFactor(1, 1e-300, 20, 30)).toBe(0)
    expect(betaFactor(1e-300, 1, 0.5, 30)).toBeGreaterThan(0)
  })
})
