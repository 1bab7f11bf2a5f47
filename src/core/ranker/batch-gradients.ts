import * as tf from '@tensorflow/tfjs-core'
import { STAGES } from '../contracts/stage.ts'
import type { DenseWeights, Weights } from './dense-weights.ts'
import type { BatchTargets } from './encode-batch.ts'
import type { Gamma } from './gamma.ts'
import { explainGates } from './explain-gates.ts'
import type { TaskGates } from './task-gates.ts'
import { leftLogits, stateEmbedding, type TokenBatch } from './left-branch.ts'
import { lossOfLogits, predictionLoss, pseudoLabelLoss, type LogitLoss } from './losses.ts'
import type { ExtractorShape } from './ranker-settings.ts'
import type { RightInput, RightNetwork } from './right-network.ts'

/** Both branches of a model, and what joins them in the loss. */
export interface Model {
  readonly right: RightNetwork
  readonly extractor: ExtractorShape
  readonly gamma: Gamma
  readonly taskCount: number
}

/** What a step looks up before it enters the graph. */
export interface BatchInput {
  /** (B, I). */
  readonly input: Float32Array
  readonly size: number
  /** One-hot stages, (B, 4). */
  readonly stages: Float32Array
  /** Standardised state numbers, (B, Z). */
  readonly numbers: Float32Array
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

/** Logits of the right branch, (B, T). */
export function rightLogits(model: Model, w: Weights, batch: BatchInput): Float32Array {
  let logits: Float32Array = new Float32Array(0)
  tf.tidy(() => {
    logits = model.right.logits(inputTensors(model, batch, w).right, w).dataSync<'float32'>()
  })
  return logits
}

/** What the gates let through for these examples, [example][task]; null for a network without gates. */
export function rightGates(
  model: Model,
  w: Weights,
  batch: BatchInput,
  tasks: readonly string[],
): TaskGates[][] | null {
  let explained: TaskGates[][] | null = null
  tf.tidy(() => {
    const gates = model.right.gates?.(inputTensors(model, batch, w).right, w)
    if (gates) explained = explainGates(gates, batch.size, tasks)
  })
  return explained
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
    const tensors = inputTensors(model, batch, w)

    // The left branch comes first: gamma may be made of what it says.
    const loss = (): tf.Tensor => {
      const preference = lossOfLogits(leftLogits(tensors.tokens, w, extractor), (logits) => {
        return (left = pseudoLabelLoss(logits, targets.pseudoLabels, targets.leftWeights, taskCount))
      })
      const gammas = model.gamma({ ...targets, preferences: left!.scores })
      const predicted = lossOfLogits(model.right.logits(tensors.right, w), (logits) => {
        return (right = predictionLoss(logits, targets.labels, productOf(targets.weights, gammas), taskCount))
      })
      return tf.add(predicted, preference)
    }
    const names = weights.names
    const gradients = tf.grads(loss)([tensors.right.x, tensors.tokens.embeddings, ...names.map((name) => w[name])])

    input = gradients[0].dataSync<'float32'>()
    tokenEmbeddings = gradients[1].dataSync<'float32'>()
    names.forEach((name, i) => weights.view(name, weights.gradient).set(gradients[i + 2].dataSync<'float32'>()))
  })
  return { right: right!, left: left!, input, tokenEmbeddings }
}

/** To be called off the tape, which is what makes a constant of the state embedding. */
function inputTensors(
  { right, extractor }: Model,
  batch: BatchInput,
  w: Weights,
): { readonly right: RightInput; readonly tokens: TokenBatch } {
  const { size: B, tokenWidth: D } = batch
  const embeddings = tf.tensor2d(batch.tokenEmbeddings, [batch.tokenEmbeddings.length / D, D])
  const tokens = { embeddings, index: batch.tokenIndex }
  return {
    tokens,
    right: {
      x: tf.tensor2d(batch.input, [B, batch.input.length / B]),
      stage: tf.tensor2d(batch.stages, [B, STAGES.length]),
      numbers: tf.tensor2d(batch.numbers, [B, batch.numbers.length / B]),
      embedding: right.readsEmbedding === true ? stateEmbedding(tokens, w, extractor) : null,
    },
  }
}

function productOf(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value * b[i])
}
