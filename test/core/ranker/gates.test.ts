import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend, tensorCount } from '../../../src/app/tensor-backend.ts'
import { DenseWeights } from '../../../src/core/ranker/dense-weights.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import type { ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { RANKER_MODES } from '../../../src/core/ranker/modes/ranker-modes.ts'
import { towerLogits } from '../../../src/core/ranker/towers.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { plantedExamples, plantedSettings, TASKS } from './planted-examples.ts'

const GATED: readonly ModeName[] = ['mmoe', 'ple', 'stan', 'stan-calibrated', 'stan-gated']
const random = createSeededRandom(5)
const normals = (rows: number, columns: number) =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, () => random.normal()),
    [rows, columns],
  )

beforeAll(() => chooseBackend('wasm'))

describe.each(GATED.flatMap((mode) => [1, 2].map((levels) => ({ mode, levels }))))(
  'gates of $mode',
  ({ mode, levels }) => {
    test(`weigh the experts to the very logits, with ${levels} levels`, () => {
      const settings = plantedSettings({ mode, levels })
      const network = RANKER_MODES[mode].network(settings, 10)
      const weights = new DenseWeights(network.specs, 3)
      // What starts at 0 would say nothing about the gates.
      weights.values.forEach((value, i) => (weights.values[i] = value + 0.2 * random.normal()))
      tf.tidy(() => {
        const w = weights.tensors()
        const numbers = normals(7, settings.stateNumberCount)
        const embedding = normals(7, TASKS.length * settings.embeddingWidth)
        const input = { x: normals(7, 10), stage: normals(7, 4), numbers, embedding }
        const { experts, units } = network.gates!(input, w)
        const hidden = experts.map(({ weights: shares, outputs }, k) => {
          const mixed = tf.addN(outputs.map((output, v) => tf.mul(tf.slice(shares, [0, v], [7, 1]), output)))
          return units ? tf.mul(units[k], mixed) : mixed
        })
        const logits = towerLogits(hidden, w, settings.towerWidths.length).dataSync()
        expect(logits.some((logit) => Math.abs(logit) > 0.05)).toBe(true)
        network
          .logits(input, w)
          .dataSync()
          .forEach((logit, i) => expect(logits[i]).toBeCloseTo(logit, 5))
        expect(units?.length).toBe(mode === 'stan-gated' ? TASKS.length : undefined)
      })
      weights.release()
    })
  },
)

describe('explain', () => {
  test('tells of every example the experts by name with weights that sum to 1, and leaves no tensors', () => {
    const ranker = new Ranker(plantedSettings({ mode: 'stan-gated' }))
    const examples = plantedExamples(64)
    ranker.train(examples)
    ranker.predict(examples)
    const before = tensorCount()
    const scores = ranker.predict(examples)
    const gates = ranker.explain(examples.slice(0, 5))!
    expect(tensorCount()).toBe(before)
    expect(gates).toHaveLength(5)
    for (const tasks of gates) {
      tasks.forEach(({ experts, units }, k) => {
        expect(experts.map(({ expert }) => expert)).toEqual([`${TASKS[k]}-1`, `${TASKS[k]}-2`, 'shared-1'])
        expect(experts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 5)
        expect(units!.lowest).toBeLessThanOrEqual(units!.mean)
        expect(units!.highest).toBeGreaterThanOrEqual(units!.mean)
        expect(units!.highest).toBeLessThanOrEqual(2)
      })
    }
    expect(ranker.predict(examples)).toEqual(scores)
    ranker.dispose()
  })

  test('is null for a mode without gates', () => {
    const ranker = new Ranker(plantedSettings({ mode: 'shared-bottom' }))
    expect(ranker.explain(plantedExamples(2))).toBeNull()
    ranker.dispose()
  })
})
