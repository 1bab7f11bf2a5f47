import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { nextBundleAt } from '../../../src/app/trainer/bundle-schedule.ts'

describe('bundle schedule', () => {
  test('doubles from the batch size up to the first regular bundle, then keeps its step', () => {
    const due: number[] = []
    for (let count = 0; count < 3000; count = due[due.length - 1]) due.push(nextBundleAt(count, 100, 1000))
    expect(due).toEqual([100, 200, 400, 800, 1000, 2000, 3000])
  })

  test('depends on the count alone: whoever asks between two bundles gets the same one', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 4096 }),
        (count, batch, every) => {
          const due = nextBundleAt(count, batch, every)
          expect(due).toBeGreaterThan(count)
          expect(nextBundleAt(due - 1, batch, every)).toBe(due)
        },
      ),
    )
  })
})
