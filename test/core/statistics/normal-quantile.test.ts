import { describe, expect, it } from 'vitest'
import { erfc } from '../../../src/core/statistics/erfc.ts'
import { normalQuantile } from '../../../src/core/statistics/normal-quantile.ts'

describe('normal quantile', () => {
  it('is undone by the normal cdf', () => {
    for (const p of [1e-6, 0.01, 0.05, 0.5, 0.9, 0.99, 1 - 1e-6]) {
      expect(0.5 * erfc(-normalQuantile(p) * Math.SQRT1_2)).toBeCloseTo(p, 9)
    }
  })

  it('refuses probabilities outside (0, 1)', () => {
    for (const p of [0, 1, -0.1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError)
  })
})
