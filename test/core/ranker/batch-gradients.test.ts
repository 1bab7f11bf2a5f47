import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { AttentionForm } from '../../../src/core/contracts/model-bundle.ts'
import { batchGradients, type BatchInput, type Model } from '../../../src/core/ranker/batch-gradients.ts'
import { DenseWeights } from '../../../src/core/ranker/dense-weights.ts'
import type { BatchTargets } from '../../../src/core/ranker/encode-batch.ts'
import { registerGradients } from '../../../src/core/ranker/gradients.ts'
import { leftSpecs } from '../../../src/core/ranker/left-branch.ts'
import { MODE_NAMES, type ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { RANKER_MODES } from '../../../src/core/ranker/modes/ranker-modes.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { availableBackends } from '../../support/backends.ts'
import { plantedSettings } from './planted-examples.ts'
import { withConstants } from './with-constants.ts'

const B = 5
const I = 6
const D = 3
const F = 3
const T = 3
const U = 4
const Z = 2
/** Entries checked of each matrix. */
const ENTRIES = 7

interface Setup {
  readonly model: Model
  readonly weights: DenseWeights
  readonly batch: BatchInput
  readonly targets: BatchTargets
}

function setup(mode: ModeName, form: AttentionForm, levels: number): Setup {
  const random = createSeededRandom(5)
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal())
  const uniform = (length: number): Float32Array => Float32Array.from({ length }, () => random.next())
  const extractor = { fieldCount: F, stateFieldCount: 2, tokenOffsets: [0, 2, 3, 4], form }
  const settings = plantedSettings({ mode, extractor, embeddingWidth: D, expertWidth: 4, towerWidths: [3], levels })
  const { network, gamma } = RANKER_MODES[mode]
  const right = network(settings, I)
  const weights = new DenseWeights([...right.specs, ...leftSpecs(extractor, D, T)], 3)
  for (let i = 0; i < weights.values.length; i++) weights.values[i] += 0.2 * random.normal() // biases too
  const masks = normal(B * T).map((x) => (x > -1 ? 1 : 0))
  return {
    model: { right, extractor, gamma, taskCount: T },
    weights,
    batch: {
      size: B,
      input: normal(B * I),
      stages: Float32Array.from({ length: B * 4 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
      numbers: normal(B * Z),
      tokenEmbeddings: normal(U * D),
      tokenWidth: D,
      tokenIndex: Int32Array.from({ length: B * F }, () => random.nextInt(U)),
    },
    targets: {
      labels: uniform(B * T),
      weights: uniform(B * T).map((weight, i) => weight * masks[i]),
      pseudoLabels: uniform(B * T),
      leftWeights: Float32Array.of(1, 1, 0, 2, 1),
      algorithmDraws: uniform(B * T),
      posteriorDraws: uniform(B * T),
      posteriorDrawMeans: [0.5, 0.4, 0.1],
      gammaBound: 4,
    },
  }
}

function objective({ model, weights, batch, targets }: Setup): number {
  weights.release() // values were written to
  const { right, left } = batchGradients(model, weights, batch, targets)
  return [...right.perTask, ...left.perTask].reduce((sum, term) => sum + term, 0)
}

/** Largest disagreement of a gradient with central differences, relative to the gradient's size; every few entries. */
function disagreement(of: Setup, parameters: Float32Array, gradient: Float32Array): number {
  const step = 2e-3
  let worst = 0
  let scale = 0
  for (const entry of gradient) scale = Math.max(scale, Math.abs(entry))
  const stride = Math.ceil(parameters.length / ENTRIES)
  for (let i = 0; i < parameters.length; i += stride) {
    const kept = parameters[i]
    parameters[i] = kept + step
    const above = objective(of)
    parameters[i] = kept - step
    const below = objective(of)
    parameters[i] = kept
    worst = Math.max(worst, Math.abs((above - below) / (2 * step) - gradient[i]))
  }
  return worst / scale
}

const CASES: readonly [ModeName, AttentionForm, number][] = [
  ...MODE_NAMES.map((mode): [ModeName, AttentionForm, number] => [mode, 'right', 1]),
  ['ple', 'right', 2],
  ['stan', 'left', 1],
  ['stan-gated', 'left', 2],
]

for (const backend of await availableBackends()) {
  describe(`gradients on ${backend} equal finite differences`, () => {
    beforeAll(async () => {
      await chooseBackend(backend)
      registerGradients()
    })

    test.each(CASES)('in mode %s with the %s form and %d level(s)', (mode, form, levels) => {
      const of = setup(mode, form, levels)
      const { input, tokenEmbeddings } = batchGradients(of.model, of.weights, of.batch, of.targets)
      const weightGradient = of.weights.gradient.slice()
      // Differences would go through what is behind a stop-gradient.
      const fixed = { ...of, model: withConstants(of.model, of.weights, of.batch, of.targets) }
      const found = of.weights.names.map((name): [string, number] => {
        return [name, disagreement(fixed, of.weights.view(name), of.weights.view(name, weightGradient))]
      })
      found.push(['input', disagreement(fixed, of.batch.input, input)])
      found.push(['tokens', disagreement(fixed, of.batch.tokenEmbeddings, tokenEmbeddings)])
      expect(found.filter(([, by]) => !(by < 0.01))).toEqual([])
      of.weights.release()
    })
  })
}
