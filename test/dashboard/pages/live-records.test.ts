import { describe, expect, test } from 'vitest'
import type { ServerEvent } from '../../../src/dashboard/api/sse-parser.ts'
import { EMPTY_FEED, withEvents } from '../../../src/dashboard/pages/overview/live-feed.ts'
import { MAX_READINGS, type Reading, withReading } from '../../../src/dashboard/pages/operations/live-series.ts'
import { withState, withTimeline, withUserEvents } from '../../../src/dashboard/pages/user/watched-user.ts'
import type { OperationsAnswer } from '../../../src/dashboard/api/answers.ts'
import { transition, userState } from './sample-answers.ts'

function event(name: string, record: unknown): ServerEvent {
  return { event: name, id: '1', data: JSON.stringify(record) }
}

describe('live feed', () => {
  test('puts the newest first, keeps six, and counts those of the last minute', () => {
    const events = Array.from({ length: 9 }, (_, i) => event('transition', { ...transition, userId: `u${i}` }))
    const first = withEvents(EMPTY_FEED, events, 1000)
    expect(first.transitions.map(({ userId }) => userId)).toEqual(['u8', 'u7', 'u6', 'u5', 'u4', 'u3'])
    expect(first.arrivals).toHaveLength(9)
    const second = withEvents(first, [event('alert', { kind: 'returned', subject: 'ann' })], 61_000)
    expect(second).toMatchObject({ transitions: first.transitions, alerts: [{ subject: 'ann' }], arrivals: [] })
  })
})

describe('watched user', () => {
  const watched = { state: userState, transitions: [], isErased: false }

  test('takes the newest state, and each transition once', () => {
    const moved = event('transition', { ...transition, userId: 'ann' })
    const after = withUserEvents(watched, [event('state', { ...userState, stage: 'stick' }), moved, moved])
    expect(after.state.stage).toBe('stick')
    expect(after.transitions).toHaveLength(1)
  })

  test('takes a state that was asked for unless it is older, and a timeline without losing what came since', () => {
    const older = { ...userState, eventTime: '2026-01-01T00:00:00.000Z', stage: 'new' as const }
    const newer = { ...userState, eventTime: '2026-04-01T00:00:00.000Z', stage: 'loyal' as const }
    expect(withState(watched, older).state).toEqual(userState)
    expect(withState(watched, newer).state).toEqual(newer)
    const listed = { ...transition, source: { ...transition.source, offset: 3 } }
    const held = { ...watched, transitions: [transition, listed] }
    expect(withTimeline(held, [listed]).transitions).toEqual([transition, listed])
  })

  test('is erased until there is a state again', () => {
    const erased = withUserEvents(watched, [event('erased', { userId: 'ann' })])
    expect(erased).toMatchObject({ isErased: true, state: userState })
    expect(withUserEvents(erased, [event('state', userState)]).isErased).toBe(false)
  })
})

test('the series of memory forgets its oldest readings', () => {
  const answer = {
    view: { lagRecords: 3 },
    memory: { rssBytes: 1, heapUsedBytes: 2, externalBytes: 3, arrayBuffersBytes: 4 },
  } as OperationsAnswer
  let readings: readonly Reading[] = []
  for (let at = 0; at < MAX_READINGS + 5; at++) readings = withReading(readings, answer, at)
  expect(readings).toHaveLength(MAX_READINGS)
  expect(readings[0]).toEqual({ atMs: 5, rssBytes: 1, heapUsedBytes: 2, arrayBuffersBytes: 4, lagRecords: 3 })
})
