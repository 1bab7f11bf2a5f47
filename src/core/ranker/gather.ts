import * as tf from '@tensorflow/tfjs-core'

/**
 * Look-ups by index, on plain arrays: TensorFlow.js' own gather has a dense, slow gradient. Here the gradient is one
 * pass that adds each element back to where it came from.
 */

/** rows[index]: (U, C) by index (B, F) -> (B, F, C). */
export function gatherRows(rows: tf.Tensor, index: Int32Array, fieldCount: number): tf.Tensor3D {
  const [U, C] = rows.shape
  const gather = tf.customGrad((...args) => {
    const found = lookUpRows((args[0] as tf.Tensor).dataSync<'float32'>(), index, C)
    return {
      value: tf.tensor3d(found, [index.length / fieldCount, fieldCount, C]),
      gradFunc: (dy: tf.Tensor) => tf.tensor2d(addUpRows(dy.dataSync<'float32'>(), index, U, C), [U, C]),
    }
  })
  return gather(rows) as tf.Tensor3D
}

/** table[index_f, index_g] for every pair of an example's fields: (U, U) by index (B, F) -> (B, F, F). */
export function gatherPairs(table: tf.Tensor, index: Int32Array, fieldCount: number): tf.Tensor3D {
  const F = fieldCount
  const U = table.shape[0]
  const gather = tf.customGrad((...args) => {
    const found = lookUpPairs((args[0] as tf.Tensor).dataSync<'float32'>(), index, U, F)
    return {
      value: tf.tensor3d(found, [index.length / F, F, F]),
      gradFunc: (dy: tf.Tensor) => tf.tensor2d(addUpPairs(dy.dataSync<'float32'>(), index, U, F), [U, U]),
    }
  })
  return gather(table) as tf.Tensor3D
}

function lookUpRows(rows: Float32Array, index: Int32Array, C: number): Float32Array {
  const found = new Float32Array(index.length * C)
  for (let i = 0; i < index.length; i++) {
    for (let c = 0; c < C; c++) found[i * C + c] = rows[index[i] * C + c]
  }
  return found
}

function addUpRows(gradient: Float32Array, index: Int32Array, U: number, C: number): Float32Array {
  const sums = new Float32Array(U * C)
  for (let i = 0; i < index.length; i++) {
    for (let c = 0; c < C; c++) sums[index[i] * C + c] += gradient[i * C + c]
  }
  return sums
}

function lookUpPairs(table: Float32Array, index: Int32Array, U: number, F: number): Float32Array {
  const found = new Float32Array(index.length * F)
  for (let i = 0; i < index.length; i++) {
    const first = i - (i % F) // field 0 of the example
    const row = index[i] * U
    for (let g = 0; g < F; g++) found[i * F + g] = table[row + index[first + g]]
  }
  return found
}

function addUpPairs(gradient: Float32Array, index: Int32Array, U: number, F: number): Float32Array {
  const sums = new Float32Array(U * U)
  for (let i = 0; i < index.length; i++) {
    const first = i - (i % F)
    const row = index[i] * U
    for (let g = 0; g < F; g++) sums[row + index[first + g]] += gradient[i * F + g]
  }
  return sums
}
