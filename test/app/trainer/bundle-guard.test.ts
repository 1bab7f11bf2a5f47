import { describe, expect, test } from 'vitest'
import { reasonAgainst } from '../../../src/app/trainer/bundle-guard.ts'
import type { BundleVersion } from '../../../src/core/contracts/ids.ts'
import type { ModelBundle } from '../../../src/core/contracts/model-bundle.ts'
import { plantedExamples } from '../../core/ranker/planted-examples.ts'
import { randomExtractorWeights } from '../../support/extractor-weights.ts'

const examples = plantedExamples(200)
const WEIGHTS = { ...randomExtractorWeights({ tokensPerField: [6, 5, 4], width: 4, taskCount: 3, seed: 1 }) }

/** Its predictions are sigmoid(bias) for everybody. */
function bundle(bias: number): ModelBundle {
  return {
    version: 1 as BundleVersion,
    mode: 'ple',
    exampleCount: 0,
    eventTime: 0,
    tasks: [],
    extractor: { ...WEIGHTS, headWeights: new Float32Array(12), headBias: new Float32Array(3).fill(bias) },
  }
}

describe('bundle guard', () => {
  test('lets a bundle pass that predicts the next examples as well, or little worse', () => {
    expect(reasonAgainst(bundle(0), bundle(0), examples, 0)).toBeNull()
    expect(reasonAgainst(bundle(0.2), bundle(0), examples, 0.05)).toBeNull()
  })

  test('stops one that predicts them clearly worse', () => {
    expect(reasonAgainst(bundle(4), bundle(0), examples, 0.05)).toMatch(
      /^its log loss on the next 200 examples is [1-9]\.\d{4}, the current one's 0\.6931$/,
    )
  })

  test('stops one whose weights are not numbers', () => {
    expect(reasonAgainst(bundle(Number.NaN), bundle(0), examples, 0.05)).toMatch(/log loss .* is NaN/)
  })

  test('has nothing against any when no example has a label', () => {
    const unlabelled = examples.map((example) => {
      return { ...example, tasks: example.tasks.map((task) => ({ ...task, label: Number.NaN })) }
    })
    expect(reasonAgainst(bundle(4), bundle(0), unlabelled, 0.05)).toBeNull()
    expect(reasonAgainst(bundle(4), bundle(0), [], 0.05)).toBeNull()
  })
})
