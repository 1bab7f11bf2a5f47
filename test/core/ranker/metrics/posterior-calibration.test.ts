import { describe, expect, test } from 'vitest'
import { betaBinomial, centralShare } from '../../../../src/core/ranker/metrics/beta-binomial.ts'
import {
  type PosteriorCalibration,
  posteriorCalibration,
  type RateSample,
} from '../../../../src/core/ranker/metrics/posterior-calibration.ts'
import { Evidence, POSTERIOR_MODES_STUDIED } from '../../../../src/core/ranker/metrics/posterior-modes.ts'
import { betaVariate } from '../../../../src/core/statistics/beta-variate.ts'
import { createSeededRandom } from '../../../../src/core/statistics/seeded-random.ts'

const DAY_MS = 86_400_000
const modeOf = (start: string) => POSTERIOR_MODES_STUDIED.find(({ name }) => name.startsWith(start))!
const PRIOR = { priorAlpha: 2, priorBeta: 6 }

test('the beta-binomial sums to one and has its mean', () => {
  const probabilities = betaBinomial(7, 0.5, 20)
  expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
  expect(probabilities.reduce((sum, p, s) => sum + p * s, 0)).toBeCloseTo((7 * 0.5) / 20.5, 12)
})

test('the central share of a count has the level as its mean', () => {
  const probabilities = betaBinomial(5, 0.3, 9)
  for (const level of [0.5, 0.9]) {
    const mean = probabilities.reduce((sum, p, s) => sum + p * centralShare(probabilities, s, level), 0)
    expect(mean).toBeCloseTo(level, 12)
  }
})

test('Algorithm 1 weighs the i-th sample by i, and decay halves in a half-life', () => {
  const ordinal = new Evidence(modeOf('Algorithm 1: observed, ordinal'))
  for (const label of [1, 0, 1]) ordinal.add(0, label)
  expect(ordinal.at(9, PRIOR)).toEqual([1 + 1 + 3, 1 + 2])
  const decayed = new Evidence(modeOf('calibrated, 7 d'))
  decayed.add(0, 1)
  decayed.add(7 * DAY_MS, 0)
  expect(decayed.at(14 * DAY_MS, PRIOR)).toEqual([2 + 0.25, 6 + 0.5])
})

describe('users whose rates come from the prior', () => {
  const random = createSeededRandom(3)
  const samples: RateSample[] = []
  for (let user = 0; user < 1500; user++) {
    const rate = betaVariate(PRIOR.priorAlpha, PRIOR.priorBeta, random)
    for (let i = 0; i < 20; i++) {
      const label = random.next() < rate ? 1 : 0
      samples.push({ user, timeMs: i * 1000, label, predicted: 0.5, judged: i >= 2 })
    }
  }
  const of = (start: string): PosteriorCalibration => posteriorCalibration(samples, modeOf(start), PRIOR)

  test('are covered as often as the empirical-Bayes intervals say', () => {
    const { overall, bands } = of('empirical Bayes')
    expect(Math.abs(overall.coverage[0] - 0.5)).toBeLessThan(0.02)
    expect(Math.abs(overall.coverage[1] - 0.9)).toBeLessThan(0.015)
    expect(bands.map(({ labels }) => labels > 0)).toEqual([false, true, true, true, true, false])
    expect(bands[0].logLoss).toBeNaN()
    expect(bands[0].coverage).toEqual([NaN, NaN])
  })

  test('are covered less often by Algorithm 1, and foretold worse', () => {
    const paper = of('Algorithm 1: observed, ordinal').overall
    const empirical = of('empirical Bayes').overall
    const flat = of('Beta(1,1)').overall
    expect(paper.coverage[1]).toBeLessThan(empirical.coverage[1] - 0.02)
    expect(empirical.logLoss).toBeLessThan(flat.logLoss)
    expect(flat.logLoss).toBeLessThan(paper.logLoss)
  })
})

test('labels of one millisecond do not see each other', () => {
  const at = (timeMs: number, label: 0 | 1): RateSample => ({ user: 0, timeMs, label, predicted: 0.5, judged: true })
  const together = posteriorCalibration([at(5, 1), at(5, 1), at(5, 1)], modeOf('Beta(1,1)'), PRIOR)
  const apart = posteriorCalibration([at(5, 1), at(6, 1), at(7, 1)], modeOf('Beta(1,1)'), PRIOR)
  expect(together.overall.logLoss).toBeCloseTo(Math.LN2, 12)
  expect(together.bands[0].labels).toBe(3)
  expect(apart.overall.logLoss).toBeCloseTo((Math.LN2 + Math.log(3 / 2) + Math.log(4 / 3)) / 3, 12)
})
