import * as fc from '../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import type { EventId } from '../../src/core/contracts/ids.ts'
import type { EventType, Interaction } from '../../src/core/contracts/interaction.ts'
import type { TrainingExample } from '../../src/core/contracts/training-example.ts'
import { decodeUserState, encodeUserState } from '../../src/core/user-state/user-state-codec.ts'
import { decodePendingImpression, encodePendingImpression } from '../../src/core/user-state/pending-impression-codec.ts'
import { TrackDriver } from '../support/track-driver.ts'
import {
  DAY_MS,
  HOUR_MS,
  interaction,
  MINUTE_MS,
  START_MS,
  TEST_SETTINGS,
  testBundle,
} from '../support/tracker-settings.ts'

function impression(id: string, timeMs: number, more: Partial<Interaction> = {}): Interaction {
  return interaction('impression', 'ann', timeMs, { eventId: id as EventId, ...more })
}

function outcome(type: EventType, of: string, timeMs: number, value?: number): Interaction {
  return interaction(type, 'ann', timeMs, { impressionId: of as EventId, ...(value === undefined ? {} : { value }) })
}

/** An example without what depends on the way its labels came. */
function contentOf(example: TrainingExample) {
  return { ...example, source: null }
}

/** Impressions at least 10 minutes apart, with outcomes that come before the next impression. */
const scriptArbitrary = fc.array(
  fc.record({
    gapMinutes: fc.integer({ min: 10, max: 5000 }),
    click: fc.boolean(),
    stayMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    order: fc.boolean(),
    delayMs: fc.integer({ min: 0, max: 3 * MINUTE_MS }),
    segment: fc.constantFrom('a', 'b', 'c'),
  }),
  { minLength: 1, maxLength: 25 },
)

describe('trackUser', () => {
  test('makes the same examples of wide rows and of separate events', () => {
    fc.assert(
      fc.property(scriptArbitrary, fc.constantFrom('predicted' as const, 'observed' as const), (script, evidence) => {
        const settings = { ...TEST_SETTINGS, posterior: { ...TEST_SETTINGS.posterior, evidence } }
        const wide = new TrackDriver(settings, testBundle(1))
        const separate = new TrackDriver(settings, testBundle(1))
        let timeMs = START_MS
        script.forEach(({ gapMinutes, click, stayMs, order, delayMs, segment }, i) => {
          timeMs += gapMinutes * MINUTE_MS
          const id = `impression-${i}`
          const outcomes: Record<string, number> = {}
          if (click) outcomes.click = 1
          if (stayMs !== undefined) outcomes.stay = stayMs
          if (order) outcomes.order = 1
          wide.send(impression(id, timeMs, { outcomes, userFeatures: { segment } }))
          separate.send(impression(id, timeMs, { userFeatures: { segment } }))
          if (click) separate.send(outcome('click', id, timeMs + delayMs))
          if (stayMs !== undefined) separate.send(outcome('stay', id, timeMs + 2 * delayMs, stayMs))
          if (order) separate.send(outcome('order', id, timeMs + 3 * delayMs))
        })
        separate.advance(timeMs + HOUR_MS)
        // Outcome events of their own are remembered ids; everything else agrees.
        expect(separate.examples().map(contentOf)).toEqual(wide.examples().map(contentOf))
      }),
      { numRuns: 200 },
    )
  })

  test('freezes an impression’s features before it is folded in', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS, { outcomes: { click: 1 } }))
    driver.send(impression('i2', START_MS + HOUR_MS, { outcomes: {} }))
    const [first, second] = driver.examples()
    expect(first.tasks[0]).toMatchObject({ trials: 0, successes: 0, label: 1, trial: true })
    expect(first.tasks[0].pseudoLabel).toBeNaN()
    expect(second.tasks[0]).toMatchObject({ trials: 1, successes: 1, label: 0, pseudoLabel: 1 })
    expect(second.tasks[2]).toMatchObject({ trial: false, trials: 1 })
  })

  test('keeps rows of one millisecond from seeing each other’s labels', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS, { outcomes: { click: 1 } }))
    driver.send(impression('i2', START_MS, { outcomes: { click: 1 } }))
    driver.send(impression('i3', START_MS + 1, { outcomes: {} }))
    const trials = driver.examples().map((example) => example.tasks[0].trials)
    expect(trials).toEqual([0, 0, 2])
  })

  test('drops a repeated event id and changes nothing', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS, { outcomes: { click: 1 } }))
    const before = encodeUserState(driver.user!.state)
    expect(driver.send(impression('i1', START_MS, { outcomes: { click: 1 } })).result).toBe('duplicate')
    expect(encodeUserState(driver.user!.state)).toEqual(before)
    expect(driver.examples()).toHaveLength(1)
  })

  test('forgets event ids beyond its memory, oldest first', () => {
    const settings = { ...TEST_SETTINGS, joiner: { ...TEST_SETTINGS.joiner, rememberedEventIds: 2 } }
    const driver = new TrackDriver(settings, null)
    for (const id of ['i1', 'i2', 'i3']) driver.send(impression(id, START_MS, { outcomes: {} }))
    expect(driver.send(impression('i3', START_MS, { outcomes: {} })).result).toBe('duplicate')
    expect(driver.send(impression('i1', START_MS, { outcomes: {} })).result).toBe('folded')
  })

  test('emits the example when the attribution window closes, and a correction for a later outcome', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS))
    driver.send(outcome('click', 'i1', START_MS + MINUTE_MS))
    expect(driver.examples()).toHaveLength(0)
    driver.advance(START_MS + 30 * MINUTE_MS)
    const [final] = driver.examples()
    expect(final).toMatchObject({ kind: 'final', exampleId: 'i1', impressionTime: START_MS })
    expect(final.tasks.map(({ label, trial }) => [label, trial])).toEqual([
      [1, true],
      [0, true],
      [0, true],
    ])
    driver.send(outcome('order', 'i1', START_MS + 5 * HOUR_MS))
    const correction = driver.examples()[1]
    expect(correction).toMatchObject({ kind: 'correction', exampleId: 'i1' })
    expect(correction.tasks.map(({ label, trial }) => [label, trial])).toEqual([
      [1, false],
      [0, false],
      [1, true],
    ])
    expect(correction.stateTokens).toEqual(final.stateTokens)
  })

  test('corrects for an outcome that happened in time and arrived when the stream had moved on', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS))
    driver.advance(START_MS + HOUR_MS)
    driver.send(outcome('click', 'i1', START_MS + MINUTE_MS))
    expect(driver.examples().map(({ kind, tasks }) => [kind, tasks[0].label])).toEqual([
      ['final', 0],
      ['correction', 1],
    ])
  })

  test('rejects an outcome without its impression, and one after the correction horizon', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS))
    expect(driver.send(outcome('click', 'nothing', START_MS + 1)).outputs[0]).toMatchObject({
      kind: 'rejection',
      cause: 'unknown-impression',
      field: 'impressionId',
    })
    expect(driver.send(outcome('click', 'i1', START_MS + 73 * HOUR_MS)).result).toBe('rejected')
  })

  test('counts a trial once, as a failure first and as a success when the outcome comes', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    driver.send(impression('i1', START_MS))
    const { evidence, buckets } = driver.user!.state
    expect(evidence[0]).toMatchObject({ successWeight: 0, failureWeight: 1, squaredWeight: 1 })
    driver.send(outcome('click', 'i1', START_MS + MINUTE_MS))
    expect(evidence[0]).toMatchObject({ successWeight: 1, failureWeight: 0, squaredWeight: 1 })
    driver.send(outcome('click', 'i1', START_MS + 2 * MINUTE_MS))
    expect(buckets[0]).toMatchObject({ trials: [1, 1, 1], successes: [1, 0, 0] })
  })

  test('leaves a quantile task out of the counters until a bundle brings quantiles', () => {
    const driver = new TrackDriver(TEST_SETTINGS, null)
    driver.send(impression('i1', START_MS, { outcomes: { stay: 9000 } }))
    expect(driver.user!.state.buckets[0].trials).toEqual([1, 0, 0])
    const [example] = driver.examples()
    expect(example.tasks[1]).toMatchObject({ label: Number.NaN, rawValue: 9000, trial: true })
  })

  test('moves a user to loyal on evidence, with hysteresis, and says why', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const outcomes = { click: 1, stay: 100_000, order: 1 }
    for (let i = 0; i < 8; i++) driver.send(impression(`i${i}`, START_MS + i * 10 * MINUTE_MS, { outcomes }))
    const [transition] = driver.transitions()
    expect(transition).toMatchObject({
      from: 'new',
      to: 'loyal',
      reason: 'evidence',
      ruleVersion: 'paper-calibrated-1',
    })
    // The third trial, decayed, is a little less than three; from the fourth on the lead must hold for 30 minutes.
    expect(transition.eventTime).toBe(START_MS + (30 + 30) * MINUTE_MS)
    expect(transition.before[0]).toMatchObject({ trials: 0 })
    expect(transition.after[0].trials).toBeGreaterThanOrEqual(5)
    expect(transition.probability).toBeGreaterThan(0.5)
    expect(driver.user!.state.stage).toBe(3)
  })

  test('changes the stage by timer when no further event comes', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const outcomes = { click: 1, stay: 100_000, order: 1 }
    for (let i = 0; i < 4; i++) driver.send(impression(`i${i}`, START_MS + i, { outcomes }))
    expect(driver.transitions()).toHaveLength(0)
    driver.advance(START_MS + HOUR_MS)
    expect(driver.transitions()).toHaveLength(1)
  })

  test('marks a silent user dormant, alerts for a valued one, and marks the return', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const outcomes = { click: 1, stay: 100_000, order: 1 }
    for (let i = 0; i < 6; i++) driver.send(impression(`i${i}`, START_MS + i * HOUR_MS, { outcomes }))
    const last = driver.user!.state.lastEventTime
    driver.advance(last + 2 * DAY_MS - 1)
    expect(driver.user!.state.dormant).toBe(false)
    // Five equal gaps of an hour: the bound of two days decides.
    driver.advance(last + 2 * DAY_MS)
    expect(driver.user!.state.dormant).toBe(true)
    driver.send(impression('back', last + 9 * DAY_MS, { outcomes: {} }))
    expect(driver.transitions().map(({ reason }) => reason)).toEqual(['evidence', 'dormant', 'returned'])
    const alerts = driver.outputs.flatMap((output) =>
      output.kind === 'alert' ? [`${output.alert.kind} ${output.alert.status}`] : [],
    )
    expect(alerts).toEqual(['went-dormant firing', 'went-dormant resolved', 'returned firing'])
    expect(driver.user!.state.returnedUntil).toBe(last + 12 * DAY_MS)
    driver.advance(last + 12 * DAY_MS)
    expect(driver.user!.state.returnedUntil).toBe(0)
  })

  test('keeps a user with little evidence new whatever the prior says', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const outcomes = { click: 1, stay: 100_000, order: 1 }
    driver.send(impression('i1', START_MS, { outcomes }))
    driver.send(impression('i2', START_MS + 1, { outcomes }))
    expect(driver.user!.state.stageProbabilities).toEqual([1, 0, 0, 0])
  })

  test('goes on the same after its state and impressions went through their bytes', () => {
    fc.assert(
      fc.property(scriptArbitrary, fc.constantFrom('ordinal' as const, 'decayed' as const), (script, weight) => {
        const settings = { ...TEST_SETTINGS, posterior: { ...TEST_SETTINGS.posterior, weight } }
        const kept = new TrackDriver(settings, testBundle(1))
        const restored = new TrackDriver(settings, testBundle(1))
        let timeMs = START_MS
        script.forEach(({ gapMinutes, click, stayMs, segment }, i) => {
          timeMs += gapMinutes * MINUTE_MS
          const events = [impression(`i${i}`, timeMs, { userFeatures: { segment } })]
          if (click) events.push(outcome('click', `i${i}`, timeMs + 1))
          if (stayMs !== undefined) events.push(outcome('stay', `i${i}`, timeMs + 40 * MINUTE_MS, stayMs))
          timeMs += 41 * MINUTE_MS
          for (const event of events) {
            kept.send(event)
            restored.send(event)
            const { state } = restored.user!
            restored.user = { state: decodeUserState(encodeUserState(state)), attention: { current: null } }
            for (const [id, pending] of restored.impressions) {
              restored.impressions.set(id, decodePendingImpression(encodePendingImpression(pending)))
            }
          }
        })
        expect(restored.outputs).toEqual(kept.outputs)
        expect(encodeUserState(restored.user!.state)).toEqual(encodeUserState(kept.user!.state))
      }),
      { numRuns: 60 },
    )
  })
})
