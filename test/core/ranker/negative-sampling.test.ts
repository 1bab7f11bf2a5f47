import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { keepsNegative, samplingOffsets } from '../../../src/core/ranker/negative-sampling.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { batchesOf, plantedExamples, plantedSettings } from './planted-examples.ts'

const SHARE = 0.2

beforeAll(async () => {
  await chooseBackend('wasm')
})

/** Mean score of each task less its base rate, over fresh rows. */
function biasAfterTraining(negativeShares: Record<string, number>): number[] {
  const examples = plantedExamples(6400)
  const ranker = new Ranker(plantedSettings({ negativeShares }))
  for (const batch of batchesOf(examples.slice(0, 5120), 64)) ranker.train(batch)
  const fresh = examples.slice(5120)
  const scores = ranker.predict(fresh)
  ranker.dispose()
  return [0, 1].map(
    (k) => fresh.reduce((sum, { tasks }, b) => sum + scores[b * 3 + k] - Math.round(tasks[k].label), 0) / fresh.length,
  )
}

describe('negative sampling', () => {
  test('keeps the share of the negatives, the same ones each time', () => {
    const settings = plantedSettings({ negativeShares: { click: SHARE } })
    const examples = plantedExamples(10_000)
    const kept = examples.filter((example) => keepsNegative(example, 'click', settings))
    expect(kept.length / examples.length).toBeCloseTo(SHARE, 1)
    expect(examples.filter((example) => keepsNegative(example, 'click', settings))).toEqual(kept)
    expect(examples.every((example) => keepsNegative(example, 'stay', settings))).toBe(true)
  })

  test('is undone in the scores by the logarithm of the share', () => {
    expect(samplingOffsets(plantedSettings({ negativeShares: { click: SHARE } }))).toEqual([Math.log(SHARE), 0, 0])
    const [click, stay] = biasAfterTraining({ click: SHARE })
    expect(Math.abs(click)).toBeLessThan(0.06)
    expect(Math.abs(stay)).toBeLessThan(0.06)
  })

  test('scores alike whether it predicts or tests before it trains', () => {
    const ranker = new Ranker(plantedSettings({ negativeShares: { click: SHARE }, servingDecay: 0 }))
    const [first, second] = batchesOf(plantedExamples(128), 64)
    ranker.train(first)
    ranker.train(second) // its values have their rows now
    const predicted = ranker.predict(second)
    ranker.testThenTrain(second).scores.forEach((score, i) => expect(score).toBeCloseTo(predicted[i], 6))
    ranker.dispose()
  })
})
