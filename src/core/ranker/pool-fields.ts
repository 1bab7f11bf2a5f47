import * as tf from '@tensorflow/tfjs-core'
import { softmaxSlice } from './softmax-slice.ts'

/**
 * Equations 8 and 9 on [r | q] = [X' W_k | X' MLP_k], (B, F, 2T), of F fields and T tasks:
 *
 *     a_k = softmax over the fields of r_k,  z_k = sum_f a_kf q_kf
 *
 * Returns the logits z without their bias, (B, T). On plain arrays: one pass each way instead of ten small kernels.
 */
export const poolFields: (mixed: tf.Tensor) => tf.Tensor = tf.customGrad((...args) => {
  const mixed = args[0] as tf.Tensor3D
  const [B, F, columns] = mixed.shape
  const values = mixed.dataSync<'float32'>()
  const weights = new Float64Array((B * F * columns) / 2)
  const logits = pool(values, weights, F, columns / 2)
  return {
    value: tf.tensor2d(logits, [B, columns / 2]),
    gradFunc: (dy: tf.Tensor) =>
      tf.tensor3d(poolGradient(values, weights, logits, dy.dataSync<'float32'>(), F, columns / 2), mixed.shape),
  }
})

/** Fills `weights` with a, (B, T, F), and returns z, (B, T). */
function pool(values: Float32Array, weights: Float64Array, F: number, T: number): Float32Array {
  const logits = new Float32Array(weights.length / F)
  for (let i = 0; i < logits.length; i++) {
    const k = i % T
    const first = ((i - k) / T) * F * 2 * T + k // r of field 0; the next field is 2T further
    for (let f = 0; f < F; f++) weights[i * F + f] = values[first + f * 2 * T]
    softmaxSlice(weights, i * F, (i + 1) * F)
    let sum = 0
    for (let f = 0; f < F; f++) sum += weights[i * F + f] * values[first + f * 2 * T + T]
    logits[i] = sum
  }
  return logits
}

/** Gradient of [r | q], (B, F, 2T), from that of z, (B, T). */
function poolGradient(
  values: Float32Array,
  weights: Float64Array,
  logits: Float32Array,
  dz: Float32Array,
  F: number,
  T: number,
): Float32Array {
  const gradient = new Float32Array(values.length)
  for (let i = 0; i < logits.length; i++) {
    const k = i % T
    const first = ((i - k) / T) * F * 2 * T + k
    for (let f = 0; f < F; f++) {
      const at = first + f * 2 * T
      const pull = dz[i] * weights[i * F + f]
      gradient[at] = pull * (values[at + T] - logits[i]) // through the softmax
      gradient[at + T] = pull
    }
  }
  return gradient
}
