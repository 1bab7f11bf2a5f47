import * as tf from '@tensorflow/tfjs-core'

/**
 * Look-ups by index, on plain arrays: TensorFlow.js' own gather has a dense, slow gradient. Here the gradient is one
 * pass that adds each element back to where it came from.
 */

/** rows[index]: (U, C) by index (B, F) -> (B, F, C). */
export function gatherRows(rows: tf.Tensor, index: Int32Array, fieldCount: number): tf.Tensor {
  const [U, C] = rows.shape
  const gather = tf.customGrad((...args) => {
    const from = (args[0] as tf.Tensor).dataSync<'float32'>()
    const out = new Float32Array(index.length * C)
    for (let i = 0; i < index.length; i++) {
      for (let c = 0; c < C; c++) out[i * C + c] = from[index[i] * C + c]
    }
    const back = (dy: tf.Tensor): tf.Tensor => {
      const gradient = dy.dataSync<'float32'>()
      const sums = new Float32Array(U * C)
      for (let i = 0; i < index.length; i++) {
        for (let c = 0; c < C; c++) sums[index[i] * C + c] += gradient[i * C + c]
      }
      return tf.tensor2d(sums, [U, C])
    }
    return { value: tf.tensor3d(out, [index.length / fieldCount, fieldCount, C]), gradFunc: back }
  })
  return gather(rows)
}

/** table[index_f, index_g] for every pair of an example's fields: (U, U) by index (B, F) -> (B, F, F). */
export function gatherPairs(table: tf.Tensor, index: Int32Array, fieldCount: number): tf.Tensor {
  const F = fieldCount
  const B = index.length / F
  const U = table.shape[0]
  const gather = tf.customGrad((...args) => {
    const from = (args[0] as tf.Tensor).dataSync<'float32'>()
    const out = new Float32Array(B * F * F)
    let i = 0
    for (let b = 0; b < B * F; b += F) {
      for (let f = 0; f < F; f++) {
        const at = index[b + f] * U
        for (let g = 0; g < F; g++) out[i++] = from[at + index[b + g]]
      }
    }
    const back = (dy: tf.Tensor): tf.Tensor => {
      const gradient = dy.dataSync<'float32'>()
      const sums = new Float32Array(U * U)
      let i = 0
      for (let b = 0; b < B * F; b += F) {
        for (let f = 0; f < F; f++) {
          const at = index[b + f] * U
          for (let g = 0; g < F; g++) sums[at + index[b + g]] += gradient[i++]
        }
      }
      return tf.tensor2d(sums, [U, U])
    }
    return { value: tf.tensor3d(out, [B, F, F]), gradFunc: back }
  })
  return gather(table)
}
