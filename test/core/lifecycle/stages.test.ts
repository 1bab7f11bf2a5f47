import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { activeModel } from '../../../src/core/active-model.ts'
import { dormantAfterMs, addGap } from '../../../src/core/user-state/activity.ts'
import { moveStage, type StageHolder } from '../../../src/core/lifecycle/stage-hysteresis.ts'
import { stageProbabilities } from '../../../src/core/lifecycle/stage-probabilities.ts'
import type { TaskPosterior } from '../../../src/core/user-state/posterior.ts'
import { DAY_MS, HOUR_MS, TEST_SETTINGS, testBundle } from '../../support/tracker-settings.ts'

function posterior(alpha: number, beta: number): TaskPosterior {
  return {
    trials: 0,
    successes: 0,
    alpha,
    beta,
    effectiveSampleSize: alpha + beta,
    evidenceWeight: alpha + beta,
    algorithmAlpha: 1,
    algorithmBeta: 1,
  }
}

const paper = activeModel(TEST_SETTINGS, testBundle(1))
const talk = activeModel({ ...TEST_SETTINGS, stages: { ...TEST_SETTINGS.stages, rules: 'talk' } }, testBundle(1))
// The test bundle's medians: ctr 0.3, stay 0.5, cvr 0.05.
const low = { ctr: posterior(1, 99), stay: posterior(10, 90), cvr: posterior(1, 999) }
const high = { ctr: posterior(60, 40), stay: posterior(90, 10), cvr: posterior(30, 70) }

describe('stage probabilities', () => {
  const beta = fc.record({
    alpha: fc.double({ min: 0.1, max: 500, noNaN: true }),
    beta: fc.double({ min: 0.1, max: 500, noNaN: true }),
  })

  test('sum to one and lie in [0,1] under both rule sets', () => {
    fc.assert(
      fc.property(beta, beta, beta, (ctr, stay, cvr) => {
        for (const model of [paper, talk]) {
          const posteriors = [ctr, stay, cvr].map(({ alpha, beta }) => ({
            ...posterior(alpha, beta),
            evidenceWeight: 9,
          }))
          const probabilities = stageProbabilities(posteriors, model)
          for (const probability of probabilities) expect(probability >= -1e-7 && probability <= 1 + 1e-7).toBe(true)
          expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5)
        }
      }),
    )
  })

  test('follow the paper’s decision list where the evidence is clear', () => {
    const best = (ctr: TaskPosterior, stay: TaskPosterior, cvr: TaskPosterior) =>
      stageProbabilities([ctr, stay, cvr], paper).findIndex((probability) => probability > 0.99)
    expect(best(low.ctr, high.stay, high.cvr)).toBe(0)
    expect(best(high.ctr, low.stay, high.cvr)).toBe(1)
    expect(best(high.ctr, high.stay, low.cvr)).toBe(2)
    expect(best(high.ctr, high.stay, high.cvr)).toBe(3)
  })

  test('follow the talk’s decision list: conversion makes loyal whatever the rest', () => {
    const best = (ctr: TaskPosterior, stay: TaskPosterior, cvr: TaskPosterior) =>
      stageProbabilities([ctr, stay, cvr], talk).findIndex((probability) => probability > 0.99)
    expect(best(low.ctr, low.stay, high.cvr)).toBe(3)
    expect(best(high.ctr, low.stay, low.cvr)).toBe(0)
    expect(best(low.ctr, high.stay, low.cvr)).toBe(1)
    expect(best(high.ctr, high.stay, low.cvr)).toBe(2)
  })

  test('are new with certainty before the first bundle', () => {
    expect(stageProbabilities([high.ctr, high.stay, high.cvr], activeModel(TEST_SETTINGS, null))).toEqual([1, 0, 0, 0])
  })
})

describe('stage hysteresis', () => {
  const settings = { margin: 0.1, minLeadMs: 1000 }
  const fresh = (): StageHolder => ({ stage: 0, stageSince: 0, challenger: -1, challengerSince: 0 })

  test('changes the stage only after the lead held without a break', () => {
    const holder = fresh()
    const leads = [0.2, 0.1, 0.1, 0.6]
    expect(moveStage(holder, leads, 100, settings)).toBe(false)
    expect(moveStage(holder, leads, 1099, settings)).toBe(false)
    expect(moveStage(holder, [0.6, 0.2, 0.1, 0.1], 1099, settings)).toBe(false)
    expect(holder.challenger).toBe(-1)
    expect(moveStage(holder, leads, 1100, settings)).toBe(false)
    expect(moveStage(holder, leads, 2100, settings)).toBe(true)
    expect(holder).toEqual({ stage: 3, stageSince: 2100, challenger: -1, challengerSince: 0 })
  })

  test('ignores a lead below the margin, and starts anew when another challenger takes the lead', () => {
    const holder = fresh()
    expect(moveStage(holder, [0.3, 0.35, 0.2, 0.15], 0, settings)).toBe(false)
    expect(holder.challenger).toBe(-1)
    moveStage(holder, [0.1, 0.5, 0.2, 0.2], 0, settings)
    moveStage(holder, [0.1, 0.2, 0.5, 0.2], 900, settings)
    expect(holder).toMatchObject({ challenger: 2, challengerSince: 900 })
    expect(moveStage(holder, [0.1, 0.2, 0.5, 0.2], 1500, settings)).toBe(false)
  })

  test('needs one look when no minimum time is set', () => {
    expect(moveStage(fresh(), [0.1, 0.9, 0, 0], 5, { margin: 0.1, minLeadMs: 0 })).toBe(true)
  })
})

describe('dormancy', () => {
  const settings = TEST_SETTINGS.activity

  test('takes the default until three gaps are known', () => {
    const activity = { gapCount: 0, logGapMean: 0, logGapSquares: 0 }
    addGap(activity, 5 * DAY_MS, settings)
    addGap(activity, 5 * DAY_MS, settings)
    expect(dormantAfterMs(activity, settings, 1.645)).toBe(settings.defaultDormantMs)
    addGap(activity, 5 * DAY_MS, settings)
    expect(dormantAfterMs(activity, settings, 1.645)).toBeCloseTo(5 * DAY_MS, -2)
  })

  test('waits longer for an irregular user than for a regular one with the same median gap', () => {
    const regular = { gapCount: 0, logGapMean: 0, logGapSquares: 0 }
    const irregular = { gapCount: 0, logGapMean: 0, logGapSquares: 0 }
    for (const days of [3, 3, 3, 3]) addGap(regular, days * DAY_MS, settings)
    for (const days of [1, 9, 1, 9]) addGap(irregular, days * DAY_MS, settings)
    expect(dormantAfterMs(irregular, settings, 1.645)).toBeGreaterThan(3 * dormantAfterMs(regular, settings, 1.645))
  })

  test('leaves gaps inside a session out, and never falls under the minimum', () => {
    const activity = { gapCount: 0, logGapMean: 0, logGapSquares: 0 }
    addGap(activity, 60_000, settings)
    expect(activity.gapCount).toBe(0)
    for (let i = 0; i < 5; i++) addGap(activity, HOUR_MS, settings)
    expect(dormantAfterMs(activity, settings, 1.645)).toBe(settings.minDormantMs)
  })
})
