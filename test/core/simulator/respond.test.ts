import { describe, expect, it } from 'vitest'
import { nextEvents } from '../../../src/core/simulator/next-events.ts'
import { respond, type RankedOutcome } from '../../../src/core/simulator/respond.ts'
import { createWorld, DAY_MS, userIdOf } from '../../../src/core/simulator/world.ts'

const world = createWorld({ userCount: 400, itemCount: 30, initialUserShare: 1, seed: 12 })
const noon = world.settings.startTimeMs + DAY_MS / 2

/** Answers of every user on 15 days to what `rank` makes of the user's own answer to the catalogue as it lies. */
function answers(rank: (shown: readonly RankedOutcome[]) => string[]): RankedOutcome[] {
  const outcomes: RankedOutcome[] = []
  for (let user = 0; user < 400; user++) {
    for (let day = 0; day < 15; day++) {
      const timeMs = noon + day * DAY_MS
      const shown = respond(world, userIdOf(user), world.catalogue.ids.slice(0, 20), timeMs)
      outcomes.push(...respond(world, userIdOf(user), rank(shown), timeMs))
    }
  }
  return outcomes
}

const asItLies = (shown: readonly RankedOutcome[]): string[] => shown.slice(0, 5).map(({ itemId }) => itemId)
const byTruth = (shown: readonly RankedOutcome[]): string[] =>
  asItLies(shown.toSorted((a, b) => b.clickProbability - a.clickProbability))

function clickCount(outcomes: readonly RankedOutcome[]): number {
  return outcomes.filter(({ clicked }) => clicked).length
}

describe('respond', () => {
  it('answers the same when asked again, and otherwise at another time', () => {
    const ids = world.catalogue.ids
    const first = respond(world, userIdOf(3), ids, noon)
    expect(respond(world, userIdOf(3), ids, noon)).toEqual(first)
    const clicks = (timeMs: number) => respond(world, userIdOf(3), ids, timeMs).map(({ clicked }) => clicked)
    expect(clicks(noon + 1)).not.toEqual(clicks(noon))
  })

  it('gives an item the same luck in two rankings: only places differ', () => {
    const [one, two] = world.catalogue.ids
    let clicks = 0
    for (let user = 0; user < 400; user++) {
      const first = respond(world, userIdOf(user), [one, two], noon)[0]
      const second = respond(world, userIdOf(user), [two, one], noon)[1]
      expect(second.clickProbability).toBeLessThan(first.clickProbability)
      // A click at the worse place is a click at the better one.
      expect(second.clicked && !first.clicked).toBe(false)
      if (second.clicked) clicks++
    }
    expect(clicks).toBeGreaterThan(50)
  })

  it('gives the items of one ranking luck of their own', () => {
    let inverted = 0
    for (let user = 0; user < 50; user++) {
      const ranked = respond(world, userIdOf(user), world.catalogue.ids, noon)
      const sorted = ranked.toSorted((a, b) => b.clickProbability - a.clickProbability)
      if (sorted.some(({ clicked }, i) => !clicked && sorted.slice(i).some((later) => later.clicked))) inverted++
    }
    expect(inverted).toBeGreaterThan(45)
  })

  it('clicks and orders as often as the probabilities say', () => {
    const outcomes = answers(asItLies)
    const sum = (value: (outcome: RankedOutcome) => number) => outcomes.reduce((total, o) => total + value(o), 0)
    const clicks = clickCount(outcomes)
    const clickNoise = Math.sqrt(sum(({ clickProbability: p }) => p * (1 - p)))
    expect(Math.abs(clicks - sum(({ clickProbability }) => clickProbability))).toBeLessThan(5 * clickNoise)
    const orders = sum(({ ordered }) => Number(ordered))
    const expected = sum(({ clicked, orderProbability }) => (clicked ? orderProbability : 0))
    expect(Math.abs(orders - expected)).toBeLessThan(5 * Math.sqrt(expected))
    expect(orders).toBeGreaterThan(100)
    for (const { clicked, stayMs, ordered, orderDelayMs } of outcomes) {
      expect(stayMs > 0).toBe(clicked)
      expect(orderDelayMs > 0).toBe(ordered)
      expect(ordered && !clicked).toBe(false)
    }
  })

  it('rewards the ranking by the true click probability over another', () => {
    expect(clickCount(answers(byTruth))).toBeGreaterThan(1.3 * clickCount(answers(asItLies)))
  })

  it('has the same click rate as the stream at the same kind of impression', () => {
    const stream = createWorld({ userCount: 400, itemCount: 30, initialUserShare: 1, seed: 12 })
    const shown = new Map<string, [userId: string, itemId: string, timeMs: number]>()
    let expected = 0
    let variance = 0
    let clicks = 0
    for (const { type, eventId, impressionId, userId, itemId, eventTime, context } of nextEvents(stream, 60_000)) {
      if (context.tab !== 'discover') continue
      if (type === 'impression') shown.set(eventId, [userId, itemId, eventTime])
      if (type === 'click' && shown.has(impressionId!)) clicks++
    }
    for (const [userId, itemId, timeMs] of shown.values()) {
      // The place within the session is not on the event: 8 is about the mean over impressions of these sessions.
      const filler: string[] = Array(8).fill(itemId)
      const p = respond(stream, userId, [...filler, itemId], timeMs)[8].clickProbability
      expected += p
      variance += p * (1 - p)
    }
    expect(Math.abs(clicks - expected)).toBeLessThan(0.03 * expected + 5 * Math.sqrt(variance))
  })

  it('does not change the world, and refuses users and items that do not exist', () => {
    const fresh = createWorld({ userCount: 10, itemCount: 10 })
    const before = nextEvents(createWorld({ userCount: 10, itemCount: 10 }), 500)
    respond(fresh, userIdOf(1), fresh.catalogue.ids, noon)
    expect(nextEvents(fresh, 500)).toEqual(before)
    expect(respond(fresh, userIdOf(1), [], noon)).toEqual([])
    expect(() => respond(fresh, 'u000010', [], noon)).toThrow(RangeError)
    expect(() => respond(fresh, userIdOf(1), ['i00010'], noon)).toThrow(RangeError)
    expect(() => respond(fresh, userIdOf(1), ['i1'], noon)).toThrow(RangeError)
  })
})
