import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { TOPICS } from '../../../src/app/topics.ts'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import type { EventId, ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import type { TrackerSettings } from '../../../src/core/contracts/tracker-settings.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { type TrackerChoice, TrackerBench } from '../../support/tracker-bench.ts'
import { HOUR_MS, interaction, MINUTE_MS, START_MS, testBundle } from '../../support/tracker-settings.ts'

const SETTINGS = trackerSettingsOf(smallConfig())

/** What may not depend on where slices end: every topic but the states, of which only the last of a slice goes out. */
async function outcomeOf(input: readonly Interaction[], choice: TrackerChoice, settings: TrackerSettings = SETTINGS) {
  const bench = await TrackerBench.create()
  await bench.publish(testBundle(1, settings))
  await bench.send(...input)
  const tracker = await bench.run({ ...choice, settings })
  const { topics, stores } = await bench.dump(settings)
  return {
    examples: topics[TOPICS.trainingExamples],
    transitions: topics[TOPICS.stageTransitions],
    alerts: topics[TOPICS.lifecycleAlerts],
    deadLetters: topics[TOPICS.deadLetters],
    userStates: await bench.userStates(),
    store: stores[0],
    counters: tracker.counters,
  }
}

describe('partition tracker', () => {
  const inOrder = simulatedInteractions(4000)
  const displaced = displacedInteractions(inOrder, 8, 300)

  test.each([
    ['in the order of its times', inOrder],
    ['with late events', displaced],
  ])('gives the same outputs whatever the slice size, for input %s', async (_, input) => {
    const whole = await outcomeOf(input, { sliceSize: 10_000 })
    expect(whole.counters.transitions).toBeGreaterThan(100)
    expect(whole.counters.corrections).toBeGreaterThan(10)
    expect(whole.counters.alerts).toBeGreaterThan(10)
    expect(whole.store.lostTimers).toEqual([])
    for (const sliceSize of [1, 61, 1000]) expect(await outcomeOf(input, { sliceSize })).toEqual(whole)
  })

  test('gives the same outputs with one cached user as with all', async () => {
    const all = await outcomeOf(displaced, { sliceSize: 100, cachedUsers: 100_000 })
    expect(await outcomeOf(displaced, { sliceSize: 100, cachedUsers: 1 })).toEqual(all)
    expect(all.counters.users).toBeGreaterThan(40)
  })

  test('sends the example of an impression that comes after its window at once, and what follows as a correction', async () => {
    const bench = await TrackerBench.create()
    const late = interaction('impression', 'late', START_MS)
    await bench.send(
      interaction('impression', 'other', START_MS + HOUR_MS),
      late,
      interaction('click', 'late', START_MS + MINUTE_MS, { impressionId: late.eventId }),
    )
    await bench.run()
    const examples = await bench.examples()
    expect(examples.map(({ userId, kind, tasks, source }) => [userId, kind, tasks[0].label, source.offset])).toEqual([
      ['late', 'final', 0, 1],
      ['late', 'correction', 1, 2],
    ])
  })

  test('fires every timer wherever slices end, for any order of a few events', async () => {
    const eventArbitrary = fc.record({
      user: fc.constantFrom('a', 'b'),
      minutes: fc.integer({ min: 0, max: 2000 }),
      type: fc.constantFrom('impression' as const, 'impression' as const, 'click' as const, 'order' as const),
      of: fc.nat({ max: 11 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(eventArbitrary, { minLength: 2, maxLength: 12 }), async (script) => {
        const input = script.map(({ user, minutes, type, of }, i): Interaction => {
          return {
            eventId: `e${i}` as EventId,
            userId: user as UserId,
            itemId: 'item' as ItemId,
            type,
            eventTime: START_MS + minutes * MINUTE_MS,
            ...(type !== 'impression' && { impressionId: `e${of % script.length}` as EventId }),
            context: {},
          }
        })
        const whole = await outcomeOf(input, { sliceSize: 100 })
        expect(whole.store.lostTimers).toEqual([])
        expect(await outcomeOf(input, { sliceSize: 1 })).toEqual(whole)
      }),
      { numRuns: 100, seed: 5 },
    )
  })
})
