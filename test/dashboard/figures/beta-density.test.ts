import { describe, expect, test } from 'vitest'
import { betaCurve, betaDensity, rateAxisEnd } from '../../../src/dashboard/figures/beta-density.ts'
import { logGamma } from '../../../src/dashboard/figures/log-gamma.ts'
import reference from '../../fixtures/statistics/log-gamma.json' with { type: 'json' }

describe('beta density', () => {
  test('is that of polynomials where the parameters are whole', () => {
    expect(betaDensity(1, 1, 0.3)).toBeCloseTo(1, 12)
    expect(betaDensity(2, 2, 0.5)).toBeCloseTo(1.5, 12)
    expect(betaDensity(2, 5, 0.2)).toBeCloseTo(30 * 0.2 * 0.8 ** 4, 12)
  })

  test('has the area one, also for the large parameters of an active user', () => {
    for (const [alpha, beta] of [
      [1.5, 12],
      [40.2, 51.7],
      [812.4, 9140.9],
    ]) {
      const curve = betaCurve(alpha, beta, 1, 20_000)
      expect(curve.reduce((sum, { density }) => sum + density, 0) / curve.length).toBeCloseTo(1, 3)
    }
  })

  test('stays finite at both ends for parameters below one', () => {
    const curve = betaCurve(0.3, 0.4, 1)
    expect(curve.every(({ density }) => Number.isFinite(density))).toBe(true)
    expect(curve[0].rate).toBeGreaterThan(0)
    expect(curve.at(-1)!.rate).toBeLessThan(1)
  })

  test('is shown over a range that holds every interval and moves in steps', () => {
    expect(rateAxisEnd([0.21, 0.1])).toBe(0.3)
    expect(rateAxisEnd([0.215])).toBe(0.3)
    expect(rateAxisEnd([])).toBe(0.05)
    expect(rateAxisEnd([0.99])).toBe(1)
  })
})

test('log gamma agrees with the reference within 1e-12', () => {
  for (const [x, value] of reference.regimes.flatMap(({ rows }) => rows)) {
    expect(Math.abs(logGamma(x) - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)))
  }
})
