import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { addToReservoir, createReservoir, reservoirValues } from '../../../src/core/statistics/reservoir.ts'

function filled(count: number, capacity: number, admission: number, seed = 1) {
  const reservoir = createReservoir(capacity, admission, seed)
  for (let i = 0; i < count; i++) addToReservoir(reservoir, i)
  return reservoir
}

/** Slots that 30 values go to after so many others. */
function choices(seen: number): Float64Array {
  const reservoir = createReservoir(64, 1, 3)
  reservoir.seen = seen
  for (let i = 0; i < 30; i++) addToReservoir(reservoir, i + 1)
  return reservoir.values
}

describe('reservoir', () => {
  it('keeps everything until it is full', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(50), (capacity, count) => {
        const kept = Math.min(capacity, count)
        const values = reservoirValues(filled(kept, capacity, 0.5))
        expect(Array.from(values)).toEqual(Array.from({ length: kept }, (_, i) => i))
      }),
    )
  })

  it.each([1, 0.25])('holds values of mean age capacity / admission with admission %d', (admission) => {
    const capacity = 2000
    const count = 60_000
    const values = reservoirValues(filled(count, capacity, admission))
    const ages = Array.from(values, (value) => count - 1 - value)
    const meanAge = ages.reduce((sum, age) => sum + age, 0) / capacity
    const expected = capacity / admission
    // Ages are geometric: their standard deviation is their mean.
    expect(Math.abs(meanAge - expected)).toBeLessThan((5 * expected) / Math.sqrt(capacity))
    const older = ages.filter((age) => age > expected).length / capacity
    expect(Math.abs(older - Math.exp(-1))).toBeLessThan(5 * Math.sqrt(0.2325 / capacity))
  })

  it('goes on the same from a copy of its state', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.integer(), (before, after, seed) => {
        const reservoir = filled(before, 40, 0.5, seed)
        const copy = { ...reservoir, values: reservoir.values.slice() }
        for (let i = 0; i < after; i++) {
          addToReservoir(reservoir, -i)
          addToReservoir(copy, -i)
        }
        expect(copy).toEqual(reservoir)
      }),
    )
  })

  it('chooses other slots for another seed', () => {
    expect(filled(5000, 50, 1, 1).values).not.toEqual(filled(5000, 50, 1, 2).values)
  })

  it('still moves after 2^32 values', () => {
    const reservoir = filled(10, 10, 1)
    reservoir.seen = 2 ** 32 + 5
    for (let i = 0; i < 100; i++) addToReservoir(reservoir, -1)
    expect(reservoirValues(reservoir).every((value) => value === -1)).toBe(true)
  })

  it('does not repeat its choices after 2^32 values', () => {
    expect(choices(1000)).not.toEqual(choices(2 ** 32 + 1000))
  })

  it('refuses a capacity or an admission that makes no sense', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => createReservoir(capacity, 1, 0)).toThrow(RangeError)
    for (const admission of [0, -1, 1.5, Number.NaN]) expect(() => createReservoir(5, admission, 0)).toThrow(RangeError)
  })
})
