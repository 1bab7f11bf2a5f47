import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import { itemIndexOf } from '../../../src/core/simulator/item-catalogue.ts'
import { nextEvents } from '../../../src/core/simulator/next-events.ts'
import { drawPerson } from '../../../src/core/simulator/person.ts'
import { affinityOf } from '../../../src/core/simulator/response-model.ts'
import { createWorld, DAY_MS, userIdOf, userIndexOf } from '../../../src/core/simulator/world.ts'
import { DEFAULT_WORLD_SETTINGS, type WorldSettings } from '../../../src/core/simulator/world-settings.ts'
import { exportWorld, importWorld, type WorldSnapshot } from '../../../src/core/simulator/world-snapshot.ts'

const small: Partial<WorldSettings> = { userCount: 60, itemCount: 40, seed: 7 }

/** All events before a day of the world. */
function eventsBefore(settings: Partial<WorldSettings>, day: number): Interaction[] {
  const world = createWorld(settings)
  const end = world.settings.startTimeMs + day * DAY_MS
  const events: Interaction[] = []
  for (;;) {
    const [event] = nextEvents(world, 1)
    if (event.eventTime >= end) return events
    events.push(event)
  }
}

describe('world', () => {
  it('gives the same events for the same settings, others for another seed', () => {
    const events = nextEvents(createWorld(small), 3000)
    expect(nextEvents(createWorld(small), 3000)).toEqual(events)
    expect(nextEvents(createWorld({ ...small, seed: 8 }), 3000)).not.toEqual(events)
  })

  it('gives the same events however many are asked for at a time', () => {
    const whole = nextEvents(createWorld(small), 2000)
    fc.assert(
      fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 8 }), (counts) => {
        const world = createWorld(small)
        const events = counts.flatMap((count) => nextEvents(world, count))
        expect(events).toEqual(whole.concat(nextEvents(createWorld(small), 3200).slice(2000)).slice(0, events.length))
      }),
      { numRuns: 20 },
    )
  })

  it('gives events in order of time, with ids that never repeat', () => {
    const events = nextEvents(createWorld(small), 20_000)
    const times = events.map(({ eventTime }) => eventTime)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.every(Number.isSafeInteger)).toBe(true)
    expect(times[0]).toBeGreaterThanOrEqual(DEFAULT_WORLD_SETTINGS.startTimeMs)
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length)
  })

  it('gives outcomes that name an earlier impression of the same user and item, in their order', () => {
    const open = new Map<string, { impression: Interaction; seen: string[] }>()
    for (const event of nextEvents(createWorld(small), 20_000)) {
      if (event.type === 'impression') open.set(event.eventId, { impression: event, seen: [] })
      const { impression, seen } = open.get(event.impressionId ?? event.eventId)!
      expect([event.userId, event.itemId]).toEqual([impression.userId, impression.itemId])
      expect(event.context.tab).toBe(impression.context.tab)
      expect(event.context.hour).toBe(String(new Date(event.eventTime).getUTCHours()))
      seen.push(event.type)
    }
    const courses = new Set(Array.from(open.values(), ({ seen }) => seen.join(' ')))
    // A click whose stay is not over yet may or may not be there at the cut.
    courses.delete('impression click')
    expect([...courses].toSorted()).toEqual(['impression', 'impression click stay', 'impression click stay order'])
  })

  it('clicks after 1 to 10 s, reports a stay when it ends, and makes some orders later than half an hour', () => {
    const started = new Map<string, number>()
    const orderDelays: number[] = []
    for (const { type, eventId, impressionId, eventTime, value } of nextEvents(createWorld({ seed: 3 }), 60_000)) {
      if (type === 'impression') started.set(eventId, eventTime)
      if (type === 'impression' || impressionId === undefined) continue
      const delay = eventTime - started.get(impressionId)!
      if (type === 'click') started.set(`${impressionId} click`, eventTime)
      if (type === 'order') orderDelays.push(delay)
      const clickDelay = started.get(`${impressionId} click`)! - started.get(impressionId)!
      expect(clickDelay >= 1000 && clickDelay < 10_000).toBe(true)
      expect(type !== 'stay' || delay === clickDelay + value!).toBe(true)
      expect(type !== 'order' || (delay >= clickDelay + 60_000 && delay <= 1.02 * DAY_MS)).toBe(true)
    }
    expect(orderDelays.length).toBeGreaterThan(500)
    const late = orderDelays.filter((delay) => delay > 30 * 60_000).length / orderDelays.length
    expect(late).toBeGreaterThan(0.08)
    expect(late).toBeLessThan(0.25)
  })

  it('carries features on impressions, as shared frozen maps', () => {
    const events = nextEvents(createWorld(small), 5000)
    const byUser = new Map<string, unknown>()
    for (const { type, userId, userFeatures, itemFeatures, context } of events) {
      expect(Object.isFrozen(context)).toBe(true)
      expect(Object.keys(userFeatures ?? {})).toEqual(type === 'impression' ? ['segment', 'platform', 'age'] : [])
      expect(Object.keys(itemFeatures ?? {})).toEqual(type === 'impression' ? ['category', 'author', 'duration'] : [])
      if (!userFeatures) continue
      expect(Object.isFrozen(userFeatures) && Object.isFrozen(itemFeatures)).toBe(true)
      expect(byUser.get(userId) ?? userFeatures).toBe(userFeatures)
      byUser.set(userId, userFeatures)
    }
    expect(new Set(byUser.values()).size).toBeGreaterThan(20)
  })

  it('shows popular items more, and users more of what they like', () => {
    const world = createWorld({ itemCount: 100 })
    const impressions = nextEvents(world, 20_000).filter(({ type }) => type === 'impression')
    let affinity = 0
    let popular = 0
    for (const { userId, itemId } of impressions) {
      const person = drawPerson(world.settings.seed, userIndexOf(world, userId), world.segmentCentres)
      const item = itemIndexOf(world.catalogue, itemId)
      affinity += affinityOf(person, world.catalogue, item) / impressions.length
      if (item < 25) popular += 1 / impressions.length
    }
    // The best of three standard normals has mean 0.85; it is shown half of the time.
    expect(affinity).toBeGreaterThan(0.25)
    expect(popular).toBeGreaterThan(0.4)
  })

  it('makes 20,000 to 60,000 events in a day of 2,000 users', () => {
    const count = eventsBefore({}, 1).length
    expect(count).toBeGreaterThan(20_000)
    expect(count).toBeLessThan(60_000)
  })

  it('lets users arrive over the arrival days, fall silent for days and come back', () => {
    const settings = { userCount: 300, itemCount: 50, initialUserShare: 0.5, arrivalDays: 10 }
    const first = new Map<string, number>()
    const last = new Map<string, number>()
    let longestGap = 0
    let returns = 0
    for (const { userId, eventTime } of eventsBefore(settings, 30)) {
      const gap = eventTime - (last.get(userId) ?? eventTime)
      if (gap > 5 * DAY_MS) returns++
      longestGap = Math.max(longestGap, gap)
      if (!first.has(userId)) first.set(userId, eventTime)
      last.set(userId, eventTime)
    }
    const arrivals = Array.from(first, ([userId, time]) => [userIndexOf(createWorld(settings), userId), time])
    const { startTimeMs } = createWorld(settings).settings
    for (const [user, time] of arrivals) expect(user < 150 || time >= startTimeMs + DAY_MS).toBe(true)
    expect(arrivals.filter(([user]) => user >= 150).length).toBeGreaterThan(130)
    expect(returns).toBeGreaterThan(50)
    expect(longestGap).toBeGreaterThan(10 * DAY_MS)
  })

  it('has a daily rhythm: evenings busier than nights', () => {
    const hours = new Float64Array(24)
    for (const { eventTime, type } of eventsBefore({ userCount: 800 }, 2)) {
      if (type === 'impression') hours[new Date(eventTime).getUTCHours()]++
    }
    expect(hours[20]).toBeGreaterThan(4 * hours[3])
    for (const count of hours) expect(count).toBeGreaterThan(0)
  })

  it('continues the very stream from an exported state that went through JSON, at any point', () => {
    const whole = nextEvents(createWorld(small), 4000)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3500 }), (cut) => {
        const world = createWorld(small)
        nextEvents(world, cut)
        const restored = importWorld(JSON.parse(JSON.stringify(exportWorld(world))) as WorldSnapshot)
        expect(nextEvents(restored, 500)).toEqual(whole.slice(cut, cut + 500))
        expect(nextEvents(world, 500)).toEqual(whole.slice(cut, cut + 500))
        expect(exportWorld(restored)).toEqual(exportWorld(world))
      }),
      { numRuns: 25 },
    )
  })

  it('refuses snapshots of another version or size', () => {
    const snapshot = exportWorld(createWorld(small))
    expect(() => importWorld({ ...snapshot, version: 99 })).toThrow('version 99')
    expect(() => importWorld({ ...snapshot, stages: [] })).toThrow('60 users')
  })

  it.each([
    { seed: 1.5 },
    { userCount: 0 },
    { userCount: 1e9 },
    { itemCount: 2.5 },
    { startTimeMs: -1 },
    { meanSessionsPerDay: 0 },
    { meanSessionsPerDay: Number.NaN },
    { initialUserShare: 1.1 },
    { arrivalDays: 0 },
  ])('refuses settings %j', (settings) => {
    expect(() => createWorld(settings)).toThrow(RangeError)
  })

  it('runs with one user and one item, and refuses a count that is none', () => {
    const world = createWorld({ userCount: 1, itemCount: 1, initialUserShare: 0, arrivalDays: 2 })
    expect(nextEvents(world, 200)).toHaveLength(200)
    expect(nextEvents(world, 0)).toEqual([])
    expect(() => nextEvents(world, -1)).toThrow(RangeError)
    expect(() => nextEvents(world, 0.5)).toThrow(RangeError)
  })

  it('finds users by id, and only its own', () => {
    const world = createWorld(small)
    for (const user of [0, 7, 59]) expect(userIndexOf(world, userIdOf(user))).toBe(user)
    for (const id of ['u000060', 'u7', 'x000007', 'u', '', 'u-00001', 'u00001.0']) {
      expect(() => userIndexOf(world, id)).toThrow(RangeError)
    }
    expect(userIdOf(1_234_567)).toBe('u1234567')
  })
})
