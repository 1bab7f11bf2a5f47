import { describe, expect, it } from 'vitest'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import { nextEvents } from '../../../src/core/simulator/next-events.ts'
import { STAGE_TRANSITIONS, STATIONARY_STAGES } from '../../../src/core/simulator/stage-chain.ts'
import { trueStageOf } from '../../../src/core/simulator/true-stage-of.ts'
import { createWorld, DAY_MS, userIdOf } from '../../../src/core/simulator/world.ts'

function stageIndexOn(world: ReturnType<typeof createWorld>, user: number, day: number): number {
  return STAGES.indexOf(trueStageOf(world, userIdOf(user), world.settings.startTimeMs + (day + 0.5) * DAY_MS))
}

describe('stage chain', () => {
  it('has rows that sum to 1 and keeps its stationary mix', () => {
    for (const row of STAGE_TRANSITIONS) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    STATIONARY_STAGES.forEach((share, to) => {
      const next = STATIONARY_STAGES.reduce((sum, from, stage) => sum + from * STAGE_TRANSITIONS[stage][to], 0)
      expect(Math.abs(next - share)).toBeLessThan(2e-4)
    })
  })

  it('occupies stages as its stationary mix has it, from the start and after the arrivals have settled', () => {
    const world = createWorld({ userCount: 4000, initialUserShare: 0.5, arrivalDays: 5 })
    const occupancy = (users: number[], day: number): number[] => {
      const counts = [0, 0, 0, 0]
      for (const user of users) counts[stageIndexOn(world, user, day)] += 1 / users.length
      return counts
    }
    const initial = Array.from({ length: 2000 }, (_, i) => i)
    const arrivals = Array.from({ length: 2000 }, (_, i) => 2000 + i)
    for (const [users, day] of [
      [initial, 0],
      [initial, 20],
      [arrivals, 90],
    ] as const) {
      occupancy(users, day).forEach((share, stage) => {
        const expected = STATIONARY_STAGES[stage]
        expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / 2000))
      })
    }
    expect(occupancy(arrivals, 1)[0]).toBeGreaterThan(0.95)
  })

  it('moves from day to day as the matrix has it', () => {
    const world = createWorld({ userCount: 1500, initialUserShare: 1 })
    const counts = STAGES.map(() => [0, 0, 0, 0])
    for (let user = 0; user < 1500; user++) {
      const path = Array.from({ length: 31 }, (_, day) => stageIndexOn(world, user, day))
      for (let day = 1; day < path.length; day++) counts[path[day - 1]][path[day]]++
    }
    counts.forEach((row, from) => {
      const total = row.reduce((sum, count) => sum + count, 0)
      row.forEach((count, to) => {
        const expected = STAGE_TRANSITIONS[from][to]
        const noise = Math.sqrt((expected * (1 - expected)) / total)
        expect(Math.abs(count / total - expected)).toBeLessThan(5 * noise)
      })
    })
  })

  it('is the same stage that the stream plays by, whatever was asked for before', () => {
    const world = createWorld({ userCount: 200, arrivalDays: 2 })
    nextEvents(world, 20_000)
    const day = world.plannedDays - 1
    for (let user = 0; user < 200; user++) {
      const stage = stageIndexOn(world, user, day)
      expect(world.stages[user]).toBe(stage)
      expect(stageIndexOn(createWorld({ userCount: 200, arrivalDays: 2 }), user, day)).toBe(stage)
    }
  })

  it('is new before a user has arrived, and refuses users that do not exist', () => {
    const world = createWorld({ userCount: 20 })
    expect(trueStageOf(world, userIdOf(19), world.settings.startTimeMs)).toBe('new')
    expect(() => trueStageOf(world, 'u000020', 0)).toThrow(RangeError)
  })

  it('shows in behaviour: new clicks least, wander stays shortest, loyal orders most', () => {
    const world = createWorld({ seed: 2 })
    const counts = STAGES.map(() => ({ impressions: 0, clicks: 0, orders: 0, stays: [] as number[] }))
    const stageOf = new Map<string, number>()
    for (const { type, eventId, userId, eventTime, impressionId, value } of nextEvents(world, 150_000)) {
      if (type === 'impression') {
        const stage = STAGES.indexOf(trueStageOf(world, userId, eventTime))
        stageOf.set(eventId, stage)
        counts[stage].impressions++
        continue
      }
      const count = counts[stageOf.get(impressionId!)!]
      if (type === 'click') count.clicks++
      if (type === 'order') count.orders++
      if (type === 'stay') count.stays.push(value!)
    }
    const [fresh, wander, stick, loyal] = counts.map(({ impressions, clicks, orders, stays }) => ({
      clickRate: clicks / impressions,
      orderRate: orders / clicks,
      stay: stays.toSorted((a, b) => a - b)[stays.length >> 1],
    }))
    expect(fresh.clickRate * 1.5).toBeLessThan(wander.clickRate)
    expect(wander.clickRate).toBeLessThan(stick.clickRate)
    expect(stick.clickRate).toBeLessThan(loyal.clickRate)
    expect(wander.stay).toBeLessThan(fresh.stay)
    expect(wander.stay * 3).toBeLessThan(stick.stay)
    expect(wander.stay * 3).toBeLessThan(loyal.stay)
    for (const other of [fresh, wander, stick]) expect(other.orderRate * 2).toBeLessThan(loyal.orderRate)
    expect(fresh.clickRate).toBeGreaterThan(0.1)
    expect(fresh.orderRate).toBeGreaterThan(0.005)
  })
})
