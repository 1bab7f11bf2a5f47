import { describe, expect, test } from 'vitest'
import { type AlertLevel, emptySlot, stepAlert } from '../../../src/core/alerts/step-alert.ts'

const POLICY = { fireAfter: 2, clearAfter: 3, coolDownMs: 100 }

function run(levels: readonly AlertLevel[], policy = POLICY, everyMs = 10) {
  const slot = emptySlot()
  return levels.map((level, i) => stepAlert(slot, level, 1000 + i * everyMs, policy))
}

describe('stepAlert', () => {
  test('fires after so many breaches in a row, and once', () => {
    expect(run(['breach', 'breach', 'breach'])).toEqual([null, 'firing', null])
    expect(run(['breach', 'between', 'breach', 'breach'])).toEqual([null, null, null, 'firing'])
  })

  test('is resolved after so many all-clears in a row; a value between the bounds ends the row', () => {
    expect(run(['breach', 'breach', 'clear', 'clear', 'between', 'clear', 'clear', 'clear'])).toEqual([
      null,
      'firing',
      null,
      null,
      null,
      null,
      null,
      'resolved',
    ])
  })

  test('does not resolve what does not fire', () => {
    expect(run(['clear', 'clear', 'clear', 'clear'])).toEqual([null, null, null, null])
  })

  test('does not fire again within the cool-down, and does with the first breach after it', () => {
    const quick = { fireAfter: 1, clearAfter: 1, coolDownMs: 50 }
    expect(run(['breach', 'clear', 'breach', 'breach', 'breach', 'breach'], quick)).toEqual([
      'firing',
      'resolved',
      null,
      null,
      null,
      'firing',
    ])
  })

  test('remembers when it fired, after it was resolved too', () => {
    const slot = emptySlot()
    const quick = { fireAfter: 1, clearAfter: 1, coolDownMs: 0 }
    stepAlert(slot, 'breach', 7, quick)
    expect(slot).toMatchObject({ startsAt: 7, lastFiredAt: 7 })
    stepAlert(slot, 'clear', 9, quick)
    expect(slot).toMatchObject({ startsAt: 0, lastFiredAt: 7 })
  })
})
