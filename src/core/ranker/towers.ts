import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from './dense-layer.ts'
import type { WeightSpec, Weights } from './dense-weights.ts'

/** One ReLU network a task: inputWidth -> widths -> 1. */
export function towerSpecs(taskCount: number, inputWidth: number, widths: readonly number[]): WeightSpec[] {
  const specs: WeightSpec[] = []
  const sizes = [inputWidth, ...widths, 1]
  for (let k = 0; k < taskCount; k++) {
    for (let l = 0; l + 1 < sizes.length; l++) specs.push(...denseSpecs(`tower${k}.${l}`, sizes[l], sizes[l + 1]))
  }
  return specs
}

/** Logits of y_k = sigmoid(tower_k(h_k)): T inputs of (B, H) -> (B, T). Separate 2-D products: the fast kernel's shape. */
export function towerLogits(hidden: readonly tf.Tensor[], w: Weights, depth: number): tf.Tensor {
  return towerOutputs(towerHidden(hidden, w, depth), w, depth)
}

/** The towers but for their last layer: T inputs of (B, H) -> T times (B, widths.at(-1)). */
export function towerHidden(hidden: readonly tf.Tensor[], w: Weights, depth: number): tf.Tensor[] {
  return hidden.map((h, k) => {
    let layer = h
    for (let l = 0; l < depth; l++) layer = tf.relu(denseLayer(layer, w, `tower${k}.${l}`)) // (B, widths[l])
    return layer
  })
}

/** The last, linear layer of each tower: T inputs of (B, widths.at(-1)) -> (B, T). */
export function towerOutputs(hidden: readonly tf.Tensor[], w: Weights, depth: number): tf.Tensor {
  const logits = hidden.map((h, k) => denseLayer(h, w, `tower${k}.${depth}`)) // (B, 1)
  return logits.length === 1 ? logits[0] : tf.concat(logits, 1)
}
