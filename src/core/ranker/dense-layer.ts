import * as tf from '@tensorflow/tfjs-core'
import type { WeightSpec, Weights } from './dense-weights.ts'

/**
 * x W + b: (B, I) x (I, O) + (O) -> (B, O). As `product`, with the gradient of b as one more row of the product that
 * gives the gradient of W: a sum over rows is slow on WebAssembly, and so is a product with a single row.
 */
const affine: (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => tf.Tensor = tf.customGrad((...args) => {
  const [x, w, b, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc]
  const [I, O] = w.shape
  save([x, w])
  return {
    value: tf.fused.matMul({ a: x, b: w, bias: b }),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const ones = tf.ones([1, dy.shape[0]])
      const inputs = tf.concat([tf.transpose(saved[0]), ones], 0) // (I + 1, B)
      const [dw, db] = tf.split(tf.matMul(inputs, dy), [I, 1], 0) // (I + 1, B) x (B, O) -> (I, O), (1, O)
      return [tf.matMul(dy, tf.transpose(saved[1])), dw, tf.reshape(db, [O])] // (B, O) x (O, I) -> (B, I)
    },
  }
})

export function denseSpecs(name: string, inputs: number, outputs: number): WeightSpec[] {
  return [
    { name, shape: [inputs, outputs], init: 'glorot' },
    { name: `${name}.bias`, shape: [outputs], init: 'zeros' },
  ]
}

/** x W + b: (B, I) x (I, O) + (O) -> (B, O). */
export function denseLayer(x: tf.Tensor, w: Weights, name: string): tf.Tensor {
  return affine(x, w[name], w[`${name}.bias`])
}
