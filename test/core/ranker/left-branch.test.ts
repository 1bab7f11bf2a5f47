import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { extractInFull } from '../../../src/core/attention/full-extractor.ts'
import type { ExtractorWeights } from '../../../src/core/contracts/model-bundle.ts'
import { distinctTokens } from '../../../src/core/ranker/distinct-tokens.ts'
import { leftLogits, stateEmbedding } from '../../../src/core/ranker/left-branch.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { availableBackends } from '../../support/backends.ts'
import { randomExtractorWeights } from '../../support/extractor-weights.ts'

type Matrix = number[][]

const matrix = (values: ArrayLike<number>, columns: number): Matrix =>
  Array.from({ length: values.length / columns }, (_, r) =>
    Array.from({ length: columns }, (_, c) => values[r * columns + c]),
  )
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, c) => row.reduce((sum, x, k) => sum + x * b[k][c], 0)))
const transposed = (a: Matrix): Matrix => a[0].map((_, c) => a.map((row) => row[c]))
const softmax = (row: number[]): number[] => {
  const weights = row.map((x) => Math.exp(x - Math.max(...row)))
  const total = weights.reduce((sum, x) => sum + x, 0)
  return weights.map((x) => x / total)
}

/** Equations 6 to 9, word for word, in double precision: p_k of every task for one user's token rows. */
function preferences(w: ExtractorWeights, rows: readonly number[]): number[] {
  const x = rows.map((row) => [...w.tokenEmbeddings.subarray(row * w.width, (row + 1) * w.width)])
  const side = w.form === 'right' ? w.width : w.fieldCount
  const project = (weights: Float32Array): Matrix =>
    w.form === 'right' ? times(x, matrix(weights, side)) : times(matrix(weights, side), x)
  const [q, k, v] = [project(w.query), project(w.key), project(w.value)]
  const attention = times(q, transposed(k)).map((row) => softmax(row.map((score) => score / Math.sqrt(side))))
  const attended = times(attention, v)
  return matrix(w.pooling, w.width).map((pooling, task) => {
    const a = softmax(attended.map((row) => row.reduce((sum, value, d) => sum + value * pooling[d], 0)))
    const s = transposed(attended).map((column) => column.reduce((sum, value, f) => sum + a[f] * value, 0))
    const head = w.headWeights.subarray(task * w.width, (task + 1) * w.width)
    return 1 / (1 + Math.exp(-s.reduce((sum, value, d) => sum + value * head[d], w.headBias[task])))
  })
}

for (const backend of await availableBackends()) {
  describe(`left branch on ${backend}`, () => {
    beforeAll(async () => {
      await chooseBackend(backend)
    })

    for (const form of ['right', 'left'] as const) {
      test(`computes equations 6 to 9 in the ${form} form`, () => {
        const w = randomExtractorWeights({
          seed: 11,
          tokensPerField: [5, 7, 3, 4],
          width: 6,
          taskCount: 3,
          form,
          scale: 1,
        })
        const random = createSeededRandom(3)
        const local = Array.from({ length: 20 }, () => [5, 7, 3, 4].map((tokens) => random.nextInt(tokens)))
        const rows = local.map((tokens) => tokens.map((token, f) => w.tokenOffsets[f] + token))
        const { rows: distinct, index } = distinctTokens(Int32Array.from(rows.flat()), w.tokenOffsets[4])
        const embeddings = [...distinct].flatMap((row) => [...w.tokenEmbeddings.subarray(row * 6, row * 6 + 6)])
        const side = form === 'right' ? 6 : 4
        const predictions = tf.tidy(() => {
          const logits = leftLogits(
            { embeddings: tf.tensor2d(embeddings, [distinct.length, 6]), index },
            {
              'left.query': tf.tensor2d(w.query, [side, side]),
              'left.key': tf.tensor2d(w.key, [side, side]),
              'left.value': tf.tensor2d(w.value, [side, side]),
              'left.pooling': tf.tensor2d(w.pooling, [3, 6]),
              'left.heads': tf.tensor2d(w.headWeights, [3, 6]),
              'left.heads.bias': tf.tensor1d(w.headBias),
            },
            { fieldCount: 4, stateFieldCount: 2, tokenOffsets: [...w.tokenOffsets], form },
          )
          return tf.sigmoid(logits).arraySync() as number[][]
        })
        predictions.forEach((row, b) => {
          const expected = preferences(w, rows[b])
          const { predictions: tracker } = extractInFull(w, Int32Array.from(local[b]))
          row.forEach((p, k) => {
            expect(p).toBeCloseTo(expected[k], 5)
            expect(tracker[k]).toBeCloseTo(expected[k], 5)
          })
        })
      })
    }

    for (const form of ['right', 'left'] as const) {
      test(`gives neighbours of the same tokens the embedding that each has alone, in the ${form} form`, () => {
        const w = randomExtractorWeights({ seed: 5, tokensPerField: [4, 3], width: 6, taskCount: 2, form, scale: 1 })
        const side = form === 'right' ? 6 : 2
        const rows = [...Array.from({ length: 5 }, () => [1, 5]), [2, 4], [2, 4], [0, 6]]
        const embed = (index: number[]): Float32Array =>
          tf.tidy(() =>
            stateEmbedding(
              { embeddings: tf.tensor2d(w.tokenEmbeddings, [7, 6]), index: Int32Array.from(index) },
              {
                'left.query': tf.tensor2d(w.query, [side, side]),
                'left.key': tf.tensor2d(w.key, [side, side]),
                'left.value': tf.tensor2d(w.value, [side, side]),
                'left.pooling': tf.tensor2d(w.pooling, [2, 6]),
              },
              { fieldCount: 2, stateFieldCount: 1, tokenOffsets: [...w.tokenOffsets], form },
            ).dataSync<'float32'>(),
          )
        const together = embed(rows.flat())
        rows.forEach((row, b) => {
          const alone = embed(row)
          expect(alone.length).toBe(12)
          alone.forEach((value, i) => expect(together[b * 12 + i]).toBeCloseTo(value, 6))
        })
      })
    }
  })
}
