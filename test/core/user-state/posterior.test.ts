import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { algorithmOne } from '../../../src/core/user-state/algorithm-one.ts'
import type { WeightKind } from '../../../src/core/contracts/tracker-settings.ts'
import {
  addSuccess,
  addTrial,
  bucketFor,
  type DayBucket,
  expireDays,
  sumOlderDays,
} from '../../../src/core/user-state/day-window.ts'
import { posteriorsAt } from '../../../src/core/user-state/posterior.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import { TrackDriver } from '../../support/track-driver.ts'
import { DAY_MS, interaction, START_MS, TEST_SETTINGS, testBundle } from '../../support/tracker-settings.ts'

const WINDOW_DAYS = 30

/** Algorithm 1 over the buckets of one task. */
function algorithmOneOf(buckets: DayBucket[], weight: Exclude<WeightKind, 'decayed'>) {
  const posterior = { alpha: 0, beta: 0 }
  algorithmOne(sumOlderDays(buckets, 1), buckets.at(-1), 0, weight, posterior)
  return posterior
}

describe('Algorithm 1 in a 30-day window', () => {
  test('equals the listing run over the samples still in the window, whatever expired', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ dayGap: fc.integer({ min: 0, max: 12 }), p: fc.double({ min: 0, max: 1, noNaN: true }) }),
          {
            maxLength: 120,
          },
        ),
        (samples) => {
          const buckets: DayBucket[] = []
          const all: { day: number; p: number }[] = []
          let day = 20_000
          for (const { dayGap, p } of samples) {
            day += dayGap
            all.push({ day, p })
            expireDays(buckets, day, WINDOW_DAYS)
            addTrial(bucketFor(buckets, day, day, WINDOW_DAYS, 1)!, 0, p)
          }
          // The listing: c += 1; alpha += p c; beta += (1 - p) c.
          let alpha = 1
          let beta = 1
          let c = 0
          for (const { day: sampleDay, p } of all) {
            if (sampleDay <= day - WINDOW_DAYS) continue
            c++
            alpha += p * c
            beta += (1 - p) * c
          }
          const posterior = algorithmOneOf(buckets, 'ordinal')
          expect(Math.abs(posterior.alpha - alpha)).toBeLessThan(1e-5 * alpha)
          expect(Math.abs(posterior.beta - beta)).toBeLessThan(1e-5 * (alpha + beta))
        },
      ),
    )
  })

  test('with unit weights counts samples, and a late success moves its own ordinal', () => {
    const buckets: DayBucket[] = []
    const bucket = bucketFor(buckets, 5, 5, WINDOW_DAYS, 1)!
    const ordinals = [addTrial(bucket, 0, 0), addTrial(bucket, 0, 0), addTrial(bucket, 0, 0)]
    addSuccess(bucket, 0, ordinals[1], true)
    expect(algorithmOneOf(buckets, 'unit')).toEqual({ alpha: 2, beta: 3 })
    expect(algorithmOneOf(buckets, 'ordinal')).toEqual({ alpha: 3, beta: 5 })
  })

  test('is overconfident as method.md measures: n = 50 at rate 0.1 has a deviation near 0.008', () => {
    const buckets: DayBucket[] = []
    for (let i = 0; i < 50; i++) addTrial(bucketFor(buckets, 5, 5, WINDOW_DAYS, 1)!, 0, 0.1)
    const { alpha, beta } = algorithmOneOf(buckets, 'ordinal')
    expect(alpha + beta).toBeCloseTo(2 + (50 * 51) / 2, 2)
    const mean = alpha / (alpha + beta)
    expect(Math.sqrt((mean * (1 - mean)) / (alpha + beta + 1))).toBeCloseTo(0.008, 3)
  })

  test('refuses a day that has left the window', () => {
    expect(bucketFor([], 10, 40, WINDOW_DAYS, 1)).toBeNull()
    expect(bucketFor([], 11, 40, WINDOW_DAYS, 1)).not.toBeNull()
  })
})

describe('calibrated posterior', () => {
  test('equals the recursion a = d a + y w of method.md with its prior, and Kish’s sample size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapHours: fc.double({ min: 0.01, max: 2000, noNaN: true }), click: fc.boolean() }), {
          minLength: 1,
          maxLength: 60,
        }),
        (script) => {
          const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
          let timeMs = START_MS
          let a = 0
          let b = 0
          let q = 0
          let before = timeMs
          script.forEach(({ gapHours, click }, i) => {
            timeMs += Math.ceil(gapHours * 3_600_000)
            const decay = 2 ** (-(timeMs - before) / (14 * DAY_MS))
            before = timeMs
            a = decay * a + (click ? 1 : 0)
            b = decay * b + (click ? 0 : 1)
            q = decay * decay * q + 1
            driver.send(
              interaction('impression', 'ann', timeMs, {
                eventId: `i${i}` as EventId,
                outcomes: click ? { click: 1 } : {},
              }),
            )
          })
          const [posterior] = posteriorsAt(driver.user!.state, timeMs, driver.model)
          expect(posterior.alpha).toBeCloseTo(1.5 + a, 9)
          expect(posterior.beta).toBeCloseTo(3.5 + b, 9)
          expect(posterior.effectiveSampleSize).toBeCloseTo((a + b) ** 2 / q, 9)
          const [later] = posteriorsAt(driver.user!.state, timeMs + 28 * DAY_MS, driver.model)
          expect(later.alpha).toBeCloseTo(1.5 + a / 4, 9)
          expect(later.effectiveSampleSize).toBeCloseTo(posterior.effectiveSampleSize, 9)
        },
      ),
    )
  })

  test('does not depend on the landmark, however long the user lives', () => {
    const driver = new TrackDriver(TEST_SETTINGS, testBundle(1))
    const send = (i: number, timeMs: number) =>
      driver.send(interaction('impression', 'ann', timeMs, { eventId: `i${i}` as EventId, outcomes: { click: 1 } }))
    for (let i = 0; i < 200; i++) send(i, START_MS + i * 14 * DAY_MS)
    expect(driver.user!.state.landmark).toBeGreaterThan(START_MS)
    const [posterior] = posteriorsAt(driver.user!.state, START_MS + 199 * 14 * DAY_MS, driver.model)
    // 1 + 1/2 + 1/4 + .. = 2
    expect(posterior.alpha).toBeCloseTo(1.5 + 2, 9)
  })

  test('publishes Algorithm 1 in mode paper', () => {
    const settings = { ...TEST_SETTINGS, posterior: { ...TEST_SETTINGS.posterior, mode: 'paper' as const } }
    const driver = new TrackDriver(settings, null)
    for (let i = 0; i < 3; i++) {
      driver.send(interaction('impression', 'ann', START_MS + i, { eventId: `i${i}` as EventId, outcomes: {} }))
    }
    // Without a bundle p is 0.5: alpha = beta = 1 + 0.5 (1 + 2 + 3).
    const [posterior] = posteriorsAt(driver.user!.state, START_MS + 2, driver.model)
    expect(posterior).toMatchObject({ alpha: 4, beta: 4, trials: 3 })
    expect(posterior.effectiveSampleSize).toBeCloseTo(36 / 14, 9)
  })
})
