import { readFileSync } from 'node:fs'
import * as fc from '../../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import type { Prediction } from '../../../../src/core/contracts/prediction.ts'
import { auc } from '../../../../src/core/ranker/metrics/auc.ts'
import { expectedCalibrationError, predictedOverObserved } from '../../../../src/core/ranker/metrics/calibration.ts'
import { groupAuc } from '../../../../src/core/ranker/metrics/gauc.ts'
import { logLoss } from '../../../../src/core/ranker/metrics/log-loss.ts'
import { ndcgAt } from '../../../../src/core/ranker/metrics/ndcg.ts'
import { PrequentialWindow } from '../../../../src/core/ranker/metrics/prequential-window.ts'

interface Case {
  scores: number[]
  labels: number[]
  groups: string[]
  auc: number
  logLoss: number
  gauc: number
  ndcg5: number
}

const fixture = new URL('../../../fixtures/ranker/metrics.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: Case[] }

describe('ranking metrics', () => {
  test.each(cases.map((reference) => [reference.scores.length, reference] as const))(
    'agree with scikit-learn on %i rows with ties',
    (_, { scores, labels, groups, ...expected }) => {
      expect(auc(scores, labels)).toBeCloseTo(expected.auc, 12)
      expect(logLoss(scores, labels)).toBeCloseTo(expected.logLoss, 12)
      expect(groupAuc(scores, labels, groups)).toBeCloseTo(expected.gauc, 12)
      expect(ndcgAt(5, scores, labels, groups)).toBeCloseTo(expected.ndcg5, 12)
    },
  )

  test('weighted AUC equals the AUC of rows repeated', () => {
    const row = fc.record({ score: fc.integer({ min: 0, max: 5 }), label: fc.nat(1), weight: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const repeated = rows.flatMap((one) => new Array<typeof one>(one.weight).fill(one))
        const weighted = auc(
          rows.map((r) => r.score),
          rows.map((r) => r.label),
          rows.map((r) => r.weight),
        )
        const plain = auc(
          repeated.map((r) => r.score),
          repeated.map((r) => r.label),
        )
        // NaN on both sides, or no further apart than rounding.
        expect(Object.is(weighted, plain) || Math.abs(weighted - plain) < 1e-12).toBe(true)
      }),
    )
  })

  test('say NaN where there is nothing to measure', () => {
    expect(auc([0.1, 0.2], [1, 1])).toBeNaN()
    expect(groupAuc([0.1, 0.2], [1, 0], ['a', 'b'])).toBeNaN()
    expect(ndcgAt(5, [0.1], [0], ['a'])).toBeNaN()
    expect(logLoss([], [])).toBeNaN()
    expect(expectedCalibrationError([], [])).toBeNaN()
    expect(predictedOverObserved([0.5], [0])).toBeNaN()
  })

  test('calibration is the mass-weighted distance of equal-mass bins', () => {
    // Two bins of two rows: means 0.2 and 0.8, rates 0.5 and 0.5.
    expect(expectedCalibrationError([0.1, 0.9, 0.3, 0.7], [0, 1, 1, 0], 2)).toBeCloseTo(0.3, 12)
    expect(predictedOverObserved([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0])).toBe(2)
  })
})

describe('prequential window', () => {
  const prediction = (score: number, label: number, stage: Prediction['stage'], trial = true): Prediction => ({
    exampleId: 'e' as Prediction['exampleId'],
    userId: 'u' as Prediction['userId'],
    impressionTime: 0,
    stage,
    exampleCount: 0,
    tasks: [{ task: 'ctr', trial, score, label }],
  })

  test('keeps the latest predictions only', () => {
    const window = new PrequentialWindow(['ctr'], 4)
    for (const score of [0.9, 0.9, 0.9]) window.add(prediction(score, 0, 'new'))
    for (const score of [0.1, 0.2]) window.add(prediction(score, 0, 'new'))
    for (const score of [0.3, 0.4]) window.add(prediction(score, 1, 'loyal'))
    expect(window.overall().ctr).toMatchObject({ auc: 1, positives: 2, examples: 4 })
    expect(window.byStage().loyal.ctr).toMatchObject({ positives: 2, examples: 2 })
  })

  test('leaves out tasks without a trial or a known label', () => {
    const window = new PrequentialWindow(['ctr'])
    window.add(prediction(0.5, 1, 'new', false))
    window.add(prediction(0.5, Number.NaN, 'new'))
    expect(window.overall().ctr.examples).toBe(0)
  })
})
