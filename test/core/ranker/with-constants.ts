import * as tf from '@tensorflow/tfjs-core'
import { batchGradients, type BatchInput, type Model } from '../../../src/core/ranker/batch-gradients.ts'
import type { DenseWeights } from '../../../src/core/ranker/dense-weights.ts'
import type { BatchTargets } from '../../../src/core/ranker/encode-batch.ts'

/** The model with gamma and the state embedding held at what they are with these weights and this batch. */
export function withConstants(model: Model, weights: DenseWeights, batch: BatchInput, targets: BatchTargets): Model {
  let gammas = new Float32Array(0)
  let embedding: { values: Float32Array; shape: number[] } | null = null
  const recording: Model = {
    ...model,
    gamma: (sources) => (gammas = model.gamma(sources).slice()),
    right: {
      ...model.right,
      logits(input, w) {
        if (input.embedding)
          embedding = { values: input.embedding.dataSync<'float32'>().slice(), shape: input.embedding.shape }
        return model.right.logits(input, w)
      },
    },
  }
  batchGradients(recording, weights, batch, targets)
  return {
    ...model,
    gamma: () => gammas,
    right: {
      specs: model.right.specs,
      logits(input, w) {
        const held = embedding && tf.tensor(embedding.values, embedding.shape)
        return model.right.logits({ ...input, embedding: held }, w)
      },
    },
  }
}
