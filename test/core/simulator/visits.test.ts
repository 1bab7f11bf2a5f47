import { describe, expect, test } from 'vitest'
import { stageIndex } from '../../../src/core/contracts/stage.ts'
import { behaviourAt, personAt } from '../../../src/core/simulator/inhabitant.ts'
import { nextEvents } from '../../../src/core/simulator/next-events.ts'
import { affinityOf, clickProbability } from '../../../src/core/simulator/response-model.ts'
import { respond } from '../../../src/core/simulator/respond.ts'
import { leaveFactor, satisfactionAfter } from '../../../src/core/simulator/satisfaction.ts'
import { STAGE_BEHAVIOUR } from '../../../src/core/simulator/stage-behaviour.ts'
import { trueStageOf } from '../../../src/core/simulator/true-stage-of.ts'
import { visitsOfNextDay } from '../../../src/core/simulator/visits-of-next-day.ts'
import { createWorld, DAY_MS, userIdOf } from '../../../src/core/simulator/world.ts'

const small = { userCount: 300, itemCount: 40, seed: 4, initialUserShare: 1 }

describe('visits', () => {
  test('are the sessions of the stream, in order of time, with 1 to so many places', () => {
    const visits = visitsOfNextDay(createWorld(small), 8)
    expect(visits.length).toBeGreaterThan(200)
    const times = visits.map(({ timeMs }) => timeMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const places = new Set(visits.map((visit) => visit.places))
    expect([...places].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const end = createWorld(small).settings.startTimeMs + DAY_MS
    const events = nextEvents(createWorld(small), 20_000).filter(({ eventTime }) => eventTime < end)
    const starts = new Set(events.map(({ userId, eventTime }) => `${userId}/${eventTime}`))
    for (const { user, timeMs } of visits) expect(starts.has(`${userIdOf(user)}/${timeMs}`)).toBe(true)
  })

  test('become fewer where users are more likely to leave, and stages move as they would have', () => {
    const [stay, leave] = [createWorld(small), createWorld(small)]
    let [stayed, left] = [0, 0]
    for (let day = 0; day < 8; day++) {
      stayed += visitsOfNextDay(stay, 5).length
      left += visitsOfNextDay(leave, 5, () => 4).length
      expect(leave.stages).toEqual(stay.stages)
    }
    expect(left).toBeLessThan(0.9 * stayed)
  })

  test('satisfy by what was clicked against what average items would bring this user', () => {
    const world = createWorld(small)
    const person = personAt(world, 7, world.settings.startTimeMs)
    const behaviour = STAGE_BEHAVIOUR[stageIndex('stick')]
    const good = satisfactionAfter(0, { clicked: 8, shown: 10 }, person, behaviour)
    const bad = satisfactionAfter(0, { clicked: 0, shown: 10 }, person, behaviour)
    expect(good).toBeGreaterThan(0)
    expect(bad).toBeLessThan(0)
    expect(leaveFactor(0)).toBe(1)
    expect(leaveFactor(good)).toBeLessThan(1)
    expect(leaveFactor(bad)).toBeGreaterThan(1)
    expect([leaveFactor(9), leaveFactor(-9)]).toEqual([0.25, 4])
    // The same clicks please somebody of whom more was to be expected less.
    const reserved = satisfactionAfter(0, { clicked: 3, shown: 10 }, person, STAGE_BEHAVIOUR[stageIndex('new')])
    expect(reserved).toBeGreaterThan(satisfactionAfter(0, { clicked: 3, shown: 10 }, person, behaviour))
  })
})

test('a stage decides what appeals only where the world says so', () => {
  const chances = (appeal: 'level' | 'by-stage', stage: number, item: number) => {
    const world = createWorld({ ...small, appeal })
    const behaviour = behaviourAt(world, stage, 0)
    const person = personAt(world, 3, 0)
    const affinity = affinityOf(person, world.catalogue, item)
    return clickProbability({ person, behaviour, tab: 0, place: 0 }, affinity, world.catalogue.qualities[item])
  }
  const orderOf = (appeal: 'level' | 'by-stage', stage: number) =>
    Array.from({ length: 40 }, (_, item) => item).sort((a, b) => chances(appeal, stage, b) - chances(appeal, stage, a))
  expect(orderOf('level', 3)).toEqual(orderOf('level', 0))
  expect(orderOf('by-stage', 3)).not.toEqual(orderOf('by-stage', 0))
})

describe('a change of the world', () => {
  const changeDay = 1
  const plain = createWorld(small)
  const startMs = plain.settings.startTimeMs
  const changeMs = startMs + changeDay * DAY_MS

  test.each(['tastes', 'stages'] as const)(
    'of %s leaves everything before it as it was, and not after it',
    (change) => {
      const until = (events: ReturnType<typeof nextEvents>) => events.filter(({ eventTime }) => eventTime < changeMs)
      const before = until(nextEvents(createWorld(small), 12_000))
      const changed = nextEvents(createWorld({ ...small, change, changeDay }), 12_000)
      expect(before.length).toBeGreaterThan(2000)
      // Sessions that began before the midnight end by the old rules.
      expect(until(changed)).toEqual(before)
      expect(changed).not.toEqual(nextEvents(createWorld(small), 12_000))
    },
  )

  test('of tastes moves tastes alone', () => {
    const world = createWorld({ ...small, change: 'tastes', changeDay })
    const [was, is] = [personAt(world, 5, changeMs - 1), personAt(world, 5, changeMs)]
    expect({ ...is, taste: null }).toEqual({ ...was, taste: null })
    expect(is.taste).not.toEqual(was.taste)
    expect(trueStageOf(world, userIdOf(5), changeMs)).toBe(trueStageOf(plain, userIdOf(5), changeMs))
    expect(behaviourAt(world, 0, changeMs)).toBe(STAGE_BEHAVIOUR[0])
    const ids = world.catalogue.ids.slice(0, 20)
    const chances = (timeMs: number) =>
      respond(world, userIdOf(5), ids, timeMs).map((outcome) => outcome.clickProbability)
    expect(chances(changeMs)).not.toEqual(chances(changeMs - 1))
  })

  test('of stages turns their order around', () => {
    const world = createWorld({ ...small, change: 'stages', changeDay })
    expect(behaviourAt(world, 0, changeMs - 1)).toBe(STAGE_BEHAVIOUR[0])
    expect(behaviourAt(world, 0, changeMs)).toBe(STAGE_BEHAVIOUR[3])
  })

  test('is refused where it is none', () => {
    expect(() => createWorld({ ...small, change: 'weather' as 'tastes' })).toThrow(
      'Cannot create a world: change is weather',
    )
    expect(() => createWorld({ ...small, changeDay: -1 })).toThrow('changeDay is -1')
  })
})
