import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { activityCount, activityCountsOf, activityIn } from '../../../src/core/lifecycle/activity-counts.ts'
import { firstDayOf, INTERVALS, intervalOf } from '../../../src/core/lifecycle/calendar-interval.ts'
import { growthOf } from '../../../src/core/lifecycle/growth-accounting.ts'

const MONDAY = Date.UTC(2026, 0, 5) / 86_400_000
const days = fc.uniqueArray(fc.integer({ min: MONDAY, max: MONDAY + 70 }), { maxLength: 40 })
const sorted = days.map((list) => list.sort((a, b) => a - b))

/** Counts of all users together. */
function totalOf(users: readonly (readonly number[])[]): (name: string) => number {
  const counts = new Map<string, number>()
  for (const user of users) for (const name of activityCountsOf(user)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return (name) => counts.get(name) ?? 0
}

describe('calendar intervals', () => {
  test.each(INTERVALS)('of a %s hold each day once, and begin with their first', (interval) => {
    for (let day = MONDAY - 400; day < MONDAY + 400; day++) {
      const index = intervalOf(interval, day)
      expect(firstDayOf(interval, index)).toBeLessThanOrEqual(day)
      expect(firstDayOf(interval, index + 1)).toBeGreaterThan(day)
      expect(intervalOf(interval, firstDayOf(interval, index))).toBe(index)
    }
  })

  test('weeks begin on Monday, months on their first', () => {
    expect(firstDayOf('week', intervalOf('week', MONDAY + 6))).toBe(MONDAY)
    expect(firstDayOf('month', intervalOf('month', MONDAY))).toBe(Date.UTC(2026, 0, 1) / 86_400_000)
  })
})

describe('growth accounting', () => {
  test.each(INTERVALS)('by %s counts every user as what they are in it', (interval) => {
    fc.assert(
      fc.property(fc.array(sorted, { maxLength: 12 }), (users) => {
        const countOf = totalOf(users)
        const last = intervalOf(interval, MONDAY + 71)
        for (let index = intervalOf(interval, MONDAY); index <= last; index++) {
          const of = (activity: string): number =>
            users.filter((user) => activityIn(user, interval, index) === activity).length
          const growth = growthOf(countOf, interval, index)
          const { active, new: arrived, retained, returned, dormant } = growth
          expect({ arrived, retained, returned, dormant }).toEqual({
            arrived: of('new'),
            retained: of('retained'),
            returned: of('returned'),
            dormant: of('dormant'),
          })
          expect(active).toBe(users.filter((user) => user.some((day) => intervalOf(interval, day) === index)).length)
        }
      }),
    )
  })

  test('of a cohort counts who is active so many intervals later', () => {
    const first = intervalOf('week', MONDAY)
    const countOf = totalOf([[MONDAY, MONDAY + 1, MONDAY + 8], [MONDAY + 3, MONDAY + 15], [MONDAY + 7]])
    const ages = [0, 1, 2, 3].map((age) => countOf(activityCount.cohort('week', first, age)))
    expect(ages).toEqual([2, 1, 1, 0])
  })

  test('has no quick ratio while nobody is lost', () => {
    const countOf = totalOf([[MONDAY, MONDAY + 1], [MONDAY + 1]])
    expect(growthOf(countOf, 'day', MONDAY + 1).quickRatio).toBeNull()
    expect(growthOf(countOf, 'day', MONDAY + 2)).toMatchObject({ active: 0, dormant: 2, quickRatio: 0 })
  })
})
