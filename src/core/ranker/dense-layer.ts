import * as tf from '@tensorflow/tfjs-core'
import type { WeightSpec, Weights } from './dense-weights.ts'
import { product } from './product.ts'

/** x + b on every row: (B, O) + (O) -> (B, O). */
const addBias: (x: tf.Tensor, b: tf.Tensor) => tf.Tensor = tf.customGrad((...args) => {
  const [x, b] = args as tf.Tensor[]
  return { value: tf.add(x, b), gradFunc: (dy: tf.Tensor) => [dy, sumOfRows(dy)] }
})

/** (B, O) -> (O), on plain arrays: WebAssembly sums over rows slowly. */
function sumOfRows(matrix: tf.Tensor): tf.Tensor {
  const [rows, columns] = matrix.shape
  const values = matrix.dataSync<'float32'>()
  const sums = new Float32Array(columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) sums[column] += values[row * columns + column]
  }
  return tf.tensor1d(sums)
}

export function denseSpecs(name: string, inputs: number, outputs: number): WeightSpec[] {
  return [
    { name, shape: [inputs, outputs], init: 'glorot' },
    { name: `${name}.bias`, shape: [outputs], init: 'zeros' },
  ]
}

/** x W + b: (B, I) x (I, O) + (O) -> (B, O). */
export function denseLayer(x: tf.Tensor, w: Weights, name: string): tf.Tensor {
  return addBias(product(x, w[name]), w[`${name}.bias`])
}
