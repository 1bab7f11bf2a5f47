import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDecimal,
  formatDuration,
  formatShare,
} from '../../../src/dashboard/figures/format-figures.ts'
import { formatInterval, formatMoment, nameInterval } from '../../../src/dashboard/figures/format-times.ts'

describe('figures', () => {
  test('show what is missing as a dash', () => {
    expect([formatCount(null), formatShare(undefined), formatDecimal(null, 2), formatDuration(null)]).toEqual([
      '–',
      '–',
      '–',
      '–',
    ])
    expect(formatShare(Number.NaN)).toBe('–')
  })

  test('keep the digits that matter', () => {
    expect([0, 0.00001, 0.004, 0.0312, 0.5, 0.99961, 1].map(formatShare)).toEqual([
      '0 %',
      '<0.01 %',
      '0.40 %',
      '3.1 %',
      '50.0 %',
      '>99.9 %',
      '100 %',
    ])
    expect([formatCount(1234567), formatCompact(9999), formatCompact(98304)]).toEqual(['1,234,567', '9,999', '98.3K'])
    expect([formatBytes(512), formatBytes(1_540_000), formatBytes(412e6)]).toEqual(['512 B', '1.5 MB', '412 MB'])
  })

  test('name a duration by its two largest units, and by one where that is exact enough', () => {
    expect([0.42, 42, 60, 3725, 90_000, 691, 864_030].map(formatDuration)).toEqual([
      '0.4 s',
      '42 s',
      '1 min',
      '1 h 2 min',
      '1 d 1 h',
      '11 min',
      '10 d',
    ])
  })
})

test('times are in UTC', () => {
  const iso = '2026-03-01T23:30:00.000Z'
  expect(formatMoment(iso)).toBe('1 Mar, 23:30')
  expect([formatInterval(iso, 'day'), formatInterval(iso, 'month')]).toEqual(['1 Mar', 'Mar 2026'])
  expect(nameInterval('2026-02-23T00:00:00Z', 'week')).toBe('week of 23 Feb 2026')
})
