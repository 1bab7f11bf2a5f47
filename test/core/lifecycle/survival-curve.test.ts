import { describe, expect, test } from 'vitest'
import { medianAge, survivalCurve } from '../../../src/core/lifecycle/survival-curve.ts'

describe('the survival curve', () => {
  test('without anything going on is the share that lasted longer', () => {
    const steps = survivalCurve(
      new Map([
        [2, 3],
        [0, 5],
        [7, 2],
      ]),
      new Map(),
    )
    expect(steps.map(({ age }) => age)).toEqual([0, 2, 7])
    expect(steps.map(({ share }) => share)).toEqual([0.5, expect.closeTo(0.2, 12), 0])
    expect(medianAge(steps)).toBe(0)
  })

  // Remission of leukaemia under 6-MP in weeks (Freireich et al., Blood 1963), the usual example of the estimate; the
  // shares are those of Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2002, table 1.1 data.
  test('gives the estimate of Kaplan and Meier for the remissions of 6-MP', () => {
    const ended = new Map([6, 7, 10, 13, 16, 22, 23].map((week) => [week, week === 6 ? 3 : 1]))
    const ongoing = new Map([6, 9, 10, 11, 17, 19, 20, 25, 32, 34, 35].map((week) => [week, week === 32 ? 2 : 1]))
    const steps = survivalCurve(ended, ongoing)
    expect(steps.map(({ share }) => Number(share.toFixed(3)))).toEqual([0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448])
    expect(medianAge(steps)).toBe(23)
  })

  test('has no median while more than half go on', () => {
    const steps = survivalCurve(new Map([[1, 1]]), new Map([[5, 3]]))
    expect(medianAge(steps)).toBeNull()
    expect(survivalCurve(new Map(), new Map())).toEqual([])
  })
})
