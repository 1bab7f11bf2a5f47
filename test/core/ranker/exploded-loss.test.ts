import { describe, expect, test } from 'vitest'
import { nextMeanLoss, reasonToRefuse } from '../../../src/core/ranker/exploded-loss.ts'

const fine = [Float32Array.of(1, -2), Float32Array.of(0)]

describe('exploded loss', () => {
  test('is one that is not finite, or ten times the usual', () => {
    expect(reasonToRefuse(1.9, 2, fine)).toBeNull()
    expect(reasonToRefuse(19.9, 2, fine)).toBeNull()
    expect(reasonToRefuse(20.1, 2, fine)).toBe('its loss is 20.1 where 2.00 is usual')
    expect(reasonToRefuse(Number.NaN, 2, fine)).toBe('its loss is NaN')
    expect(reasonToRefuse(Number.POSITIVE_INFINITY, 2, fine)).toBe('its loss is Infinity')
  })

  test('is any finite one while none is usual', () => {
    expect(reasonToRefuse(1e9, Number.NaN, fine)).toBeNull()
  })

  test('has a gradient that is finite everywhere', () => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(reasonToRefuse(1, 1, [fine[0], Float32Array.of(0, odd)])).toBe('its gradient is not finite')
    }
  })

  test('the usual loss follows the batches', () => {
    expect(nextMeanLoss(Number.NaN, 3)).toBe(3)
    expect(nextMeanLoss(3, 4)).toBeCloseTo(3.02, 12)
  })
})
