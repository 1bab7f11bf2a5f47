import { expect, test } from 'vitest'
import { pathWith } from '../../../src/dashboard/api/api-client.ts'
import { daysOf } from '../../../src/dashboard/pages/transitions/transition-spans.ts'
import { addressOf, routeOf } from '../../../src/dashboard/routes.ts'

test('a page and its user come back from the address, whatever the id holds', () => {
  for (const userId of ['ann', 'a/b', 'ü %2F#?', '../x']) {
    expect(routeOf(addressOf('user', userId))).toEqual({ page: 'user', userId })
  }
  expect(routeOf('#/states')).toEqual({ page: 'states', userId: null })
})

test('an address that names no page is the overview, and a broken one is no failure', () => {
  expect(routeOf('')).toEqual({ page: 'overview', userId: null })
  expect(routeOf('#/nothing/x')).toEqual({ page: 'overview', userId: 'x' })
  expect(routeOf('#/user/%ff')).toEqual({ page: 'user', userId: '%ff' })
})

test('parameters without a value are left out of a path', () => {
  expect(pathWith('/v1/users', { prefix: 'a b&c', cursor: null, stage: '', limit: 5 })).toBe(
    '/v1/users?prefix=a+b%26c&limit=5',
  )
  expect(pathWith('/v1/users', {})).toBe('/v1/users')
})

test('a span is whole days that end with the day of the newest event', () => {
  expect(daysOf('7 days', '2026-03-20T15:00:00.000Z')).toEqual({
    from: '2026-03-14T00:00:00.000Z',
    to: '2026-03-20T00:00:00.000Z',
  })
  expect(daysOf('7 days', null)).toBeNull()
})
