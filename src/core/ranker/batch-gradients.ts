import * as tf from '@tensorflow/tfjs-core'
import type { DenseWeights } from './dense-weights.ts'
import type { BatchTargets } from './encode-batch.ts'
import { leftLogits } from './left-branch.ts'
import { lossOfLogits, predictionLoss, pseudoLabelLoss, type LogitLoss } from './losses.ts'
import type { ExtractorShape } from './ranker-settings.ts'
import type { RightNetwork } from './right-network.ts'

/** Both branches of a model. */
export interface Model {
  readonly right: RightNetwork
  readonly extractor: ExtractorShape
  readonly taskCount: number
}

/** What a step looks up before it enters the graph. */
export interface BatchInput {
  /** (B, I). */
  readonly input: Float32Array
  readonly size: number
  /** Embeddings of the batch's distinct tokens, (U, D). */
  readonly tokenEmbeddings: Float32Array
  readonly tokenWidth: number
  /** (B, F) into them. */
  readonly tokenIndex: Int32Array
}

export interface BatchGradients {
  readonly right: LogitLoss
  readonly left: LogitLoss
  /** (B, I). */
  readonly input: Float32Array
  /** (U, D). */
  readonly tokenEmbeddings: Float32Array
}

/**
 * Equation 12, L = sum over tasks of (prediction loss + L_s,k), and its gradients: of the dense weights into
 * `weights.gradient`, of what was looked up in the result. One forward and one backward pass.
 */
export function batchGradients(
  model: Model,
  weights: DenseWeights,
  batch: BatchInput,
  targets: BatchTargets,
): BatchGradients {
  const { taskCount, extractor } = model
  let right: LogitLoss | undefined
  let left: LogitLoss | undefined
  let input: Float32Array = new Float32Array(0)
  let tokenEmbeddings: Float32Array = new Float32Array(0)
  tf.tidy(() => {
    const w = weights.tensors()
    const x = tf.tensor2d(batch.input, [batch.size, batch.input.length / batch.size])
    const tokens = tf.tensor2d(batch.tokenEmbeddings, [
      batch.tokenEmbeddings.length / batch.tokenWidth,
      batch.tokenWidth,
    ])

    const loss = (): tf.Tensor => {
      const predicted = lossOfLogits(model.right.logits(x, w), (logits) => {
        return (right = predictionLoss(logits, targets.labels, targets.weights, taskCount))
      })
      const preference = lossOfLogits(
        leftLogits({ embeddings: tokens, index: batch.tokenIndex }, w, extractor),
        (logits) => {
          return (left = pseudoLabelLoss(logits, targets.pseudoLabels, targets.leftWeights, taskCount))
        },
      )
      return tf.add(predicted, preference)
    }
    const names = weights.names
    const gradients = tf.grads(loss)([x, tokens, ...names.map((name) => w[name])])

    input = gradients[0].dataSync<'float32'>()
    tokenEmbeddings = gradients[1].dataSync<'float32'>()
    names.forEach((name, i) => weights.view(name, weights.gradient).set(gradients[i + 2].dataSync<'float32'>()))
  })
  return { right: right!, left: left!, input, tokenEmbeddings }
}
