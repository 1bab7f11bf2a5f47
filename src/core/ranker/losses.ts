import * as tf from '@tensorflow/tfjs-core'

/** Loss per task and the gradient of their sum with respect to the logits, (B, T). */
export interface LogitLoss {
  readonly perTask: Float64Array
  readonly gradient: Float32Array
  /** sigmoid(logit), (B, T). */
  readonly scores: Float32Array
}

/**
 * Equations 13 and 14, with the minus the print leaves out: for each task k
 *
 *     mean over B of weight_bk (-y log p - (1 - y) log(1 - p)),  p = sigmoid(logit)
 *
 * `weights` (B, T) holds gamma times the importance weight, 0 where the task's trial did not happen; being plain numbers
 * they are behind a stop-gradient. The mean is over the whole batch, so that an example's pull does not depend on its
 * neighbours.
 */
export function predictionLoss(
  logits: Float32Array,
  labels: Float32Array,
  weights: Float32Array,
  taskCount: number,
): LogitLoss {
  const { perTask, gradient, scores } = emptyLoss(logits.length, taskCount)
  const batchSize = logits.length / taskCount
  for (let i = 0; i < logits.length; i++) {
    const z = logits[i]
    const p = sigmoid(z)
    scores[i] = p
    const weight = weights[i] / batchSize
    if (weight === 0) continue
    const y = labels[i]
    // log(1 + e^z) - y z, written so that neither tail overflows
    perTask[i % taskCount] += weight * (Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z))))
    gradient[i] = weight * (p - y)
  }
  return { perTask, gradient, scores }
}

/**
 * Equation 11: for each task k the mean over B of weight_b (l_bk - sigmoid(logit))^2 between the pseudo-label and the
 * left branch's prediction. `weights` is (B).
 */
export function pseudoLabelLoss(
  logits: Float32Array,
  pseudoLabels: Float32Array,
  weights: Float32Array,
  taskCount: number,
): LogitLoss {
  const { perTask, gradient, scores } = emptyLoss(logits.length, taskCount)
  const batchSize = logits.length / taskCount
  for (let i = 0; i < logits.length; i++) {
    const p = sigmoid(logits[i])
    scores[i] = p
    const weight = weights[(i / taskCount) | 0] / batchSize
    const off = p - pseudoLabels[i]
    perTask[i % taskCount] += weight * off * off
    gradient[i] = 2 * weight * off * p * (1 - p)
  }
  return { perTask, gradient, scores }
}

/**
 * Brings a loss computed on plain arrays into the graph: its value and its gradient with respect to `logits` are those
 * that `compute` returns, which sees the logits once they are known.
 */
export function lossOfLogits(logits: tf.Tensor, compute: (values: Float32Array) => LogitLoss): tf.Scalar {
  const loss = tf.customGrad((...args) => {
    const z = args[0] as tf.Tensor
    const { perTask, gradient } = compute(z.dataSync<'float32'>())
    return {
      value: tf.scalar(perTask.reduce((sum, term) => sum + term, 0)),
      gradFunc: (dy: tf.Tensor) => tf.mul(tf.tensor(gradient, z.shape), dy),
    }
  })
  return loss(logits) as tf.Scalar
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

function emptyLoss(size: number, taskCount: number): LogitLoss {
  return { perTask: new Float64Array(taskCount), gradient: new Float32Array(size), scores: new Float32Array(size) }
}
