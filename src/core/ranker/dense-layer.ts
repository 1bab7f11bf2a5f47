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
  const sums = new Float64Array(columns)
  let row = 0
  for (; row + 4 <= rows; row += 4) addFourRows(sums, values, row * columns)
  for (; row < rows; row++) for (let c = 0; c < columns; c++) sums[c] += values[row * columns + c]
  return tf.tensor1d(Float32Array.from(sums))
}

function addFourRows(sums: Float64Array, values: Float32Array, first: number): void {
  const columns = sums.length
  const second = first + columns
  const third = second + columns
  const fourth = third + columns
  for (let c = 0; c < columns; c++) {
    sums[c] += values[first + c] + values[second + c] + (values[third + c] + values[fourth + c])
  }
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
