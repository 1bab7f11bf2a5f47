import * as tf from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { AttentionForm } from '../../../src/core/contracts/model-bundle.ts'
import { batchGradients, type BatchInput, type Model, rightLogits } from '../../../src/core/ranker/batch-gradients.ts'
import { DenseWeights } from '../../../src/core/ranker/dense-weights.ts'
import { registerGradients } from '../../../src/core/ranker/gradients.ts'
import { leftSpecs, stateEmbedding } from '../../../src/core/ranker/left-branch.ts'
import { sigmoid } from '../../../src/core/ranker/losses.ts'
import { MODE_NAMES, type ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { RANKER_MODES } from '../../../src/core/ranker/modes/ranker-modes.ts'
import { availableBackends } from '../../support/backends.ts'
import { plantedSettings } from './planted-examples.ts'

/** Single precision against double, on values and gradients of the order of 1. */
const TOLERANCE = 2e-6

type Arrays = Readonly<Record<string, readonly number[]>>

interface Reference {
  readonly mode: ModeName
  readonly form: AttentionForm
  readonly levels: number
  readonly weights: Arrays
  readonly tokens: readonly number[]
  readonly tokenIndex: readonly number[]
  readonly x: readonly number[]
  readonly stage: readonly number[]
  readonly numbers: readonly number[]
  readonly labels: readonly number[]
  readonly pseudoLabels: readonly number[]
  readonly leftWeights: readonly number[]
  readonly algorithmDraws: readonly number[]
  readonly posteriorDraws: readonly number[]
  readonly posteriorDrawMeans: readonly number[]
  readonly exampleWeights: readonly number[]
  readonly expected: {
    readonly scores: readonly number[]
    readonly preferences: readonly number[]
    readonly embedding: readonly number[]
    readonly lossPerTask: readonly number[]
    readonly leftLossPerTask: readonly number[]
    readonly gradients: Arrays
    readonly xGradient: readonly number[]
    readonly tokenGradient: readonly number[]
  }
}

interface Fixture {
  readonly sizes: {
    readonly examples: number
    readonly inputWidth: number
    readonly fields: number
    readonly width: number
    readonly tasks: number
    readonly expertWidth: number
    readonly tokens: number
    readonly stateNumbers: number
    readonly expertsPerTask: number
    readonly sharedExperts: number
    readonly towerWidths: readonly number[]
  }
  readonly cases: readonly Reference[]
}

const path = new URL('../../fixtures/pytorch/modes.json', import.meta.url)
const { sizes, cases } = JSON.parse(readFileSync(path, 'utf8')) as Fixture

function modelOf({ mode, form, levels, weights: saved }: Reference): { model: Model; weights: DenseWeights } {
  const { fields, width, tasks, tokens } = sizes
  const extractor = {
    fieldCount: fields,
    stateFieldCount: fields,
    tokenOffsets: Array.from({ length: fields + 1 }, (_, f) => (f < fields ? f : tokens)),
    form,
  }
  const { expertsPerTask, sharedExperts, expertWidth, towerWidths, stateNumbers: stateNumberCount } = sizes
  const right = RANKER_MODES[mode].network(
    plantedSettings({
      mode,
      levels,
      extractor,
      stateNumberCount,
      embeddingWidth: width,
      expertsPerTask,
      sharedExperts,
      expertWidth,
      towerWidths,
    }),
    sizes.inputWidth,
  )
  const weights = new DenseWeights([...right.specs, ...leftSpecs(extractor, width, tasks)], 1)
  const lengths = (of: (name: string) => number, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, of(name)]))
  expect(lengths((name) => weights.view(name).length, weights.names)).toEqual(
    lengths((name) => saved[name].length, Object.keys(saved)),
  )
  for (const name of weights.names) weights.view(name).set(saved[name])
  return { model: { right, extractor, gamma: RANKER_MODES[mode].gamma, taskCount: tasks }, weights }
}

function batchOf(reference: Reference): BatchInput {
  return {
    size: sizes.examples,
    input: Float32Array.from(reference.x),
    stages: Float32Array.from(reference.stage),
    numbers: Float32Array.from(reference.numbers),
    tokenEmbeddings: Float32Array.from(reference.tokens),
    tokenWidth: sizes.width,
    tokenIndex: Int32Array.from(reference.tokenIndex),
  }
}

/** Largest difference, infinite where the lengths differ. */
function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  if (found.length !== expected.length) return Infinity
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(found[i] - value)), 0)
}

/** By how much each thing computed is off, by name. */
function differences(reference: Reference): Record<string, number> {
  const { expected } = reference
  const { model, weights } = modelOf(reference)
  const batch = batchOf(reference)
  const served = rightLogits(model, weights.tensors(), batch)
  const embedding = tf.tidy(() => {
    const embeddings = tf.tensor2d(batch.tokenEmbeddings, [sizes.tokens, sizes.width])
    return stateEmbedding({ embeddings, index: batch.tokenIndex }, weights.tensors(), model.extractor)
      .arraySync()
      .flat()
  })
  const { right, left, input, tokenEmbeddings } = batchGradients(model, weights, batch, {
    labels: Float32Array.from(reference.labels),
    weights: Float32Array.from(reference.exampleWeights),
    pseudoLabels: Float32Array.from(reference.pseudoLabels),
    leftWeights: Float32Array.from(reference.leftWeights),
    algorithmDraws: Float32Array.from(reference.algorithmDraws),
    posteriorDraws: Float32Array.from(reference.posteriorDraws),
    posteriorDrawMeans: reference.posteriorDrawMeans,
    gammaBound: 4,
  })
  weights.release()
  return {
    'scores when serving': difference(Float32Array.from(served, sigmoid), expected.scores),
    'state embedding': difference(embedding, expected.embedding),
    scores: difference(right.scores, expected.scores),
    preferences: difference(left.scores, expected.preferences),
    'prediction loss': difference(right.perTask, expected.lossPerTask),
    'pseudo-label loss': difference(left.perTask, expected.leftLossPerTask),
    'gradient of x': difference(input, expected.xGradient),
    'gradient of the tokens': difference(tokenEmbeddings, expected.tokenGradient),
    ...Object.fromEntries(
      weights.names.map((name) => [
        `gradient of ${name}`,
        difference(weights.view(name, weights.gradient), expected.gradients[name]),
      ]),
    ),
  }
}

test('there are PyTorch values of every mode', () => {
  expect(MODE_NAMES.filter((mode) => !cases.some((reference) => reference.mode === mode))).toEqual([])
})

for (const backend of await availableBackends()) {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await chooseBackend(backend)
      registerGradients()
    })

    test.each(cases.map((reference) => [reference.mode, reference.form, reference.levels, reference] as const))(
      'mode %s with the %s form and %d level(s) computes what PyTorch does',
      (_mode, _form, _levels, reference) => {
        const off = Object.entries(differences(reference)).filter(([, by]) => !(by < TOLERANCE))
        expect(off).toEqual([])
      },
    )
  })
}
