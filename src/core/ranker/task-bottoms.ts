import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from './dense-layer.ts'
import type { WeightSpec, Weights } from './dense-weights.ts'
import type { RankerSettings } from './ranker-settings.ts'

/** Units of a task's own bottom: those of the experts that a task of PLE looks at. */
export function bottomWidth({ expertsPerTask, sharedExperts, expertWidth }: RankerSettings): number {
  return (expertsPerTask + sharedExperts) * expertWidth
}

/** Bottoms read the same input, so they are one matrix: [bottom_1 | .. | bottom_T]. */
export function bottomSpecs(settings: RankerSettings, inputWidth: number): WeightSpec[] {
  const width = bottomWidth(settings)
  return denseSpecs('bottoms', inputWidth, settings.tasks.length * width).map((spec) => ({ ...spec, fanOut: width }))
}

/** A ReLU layer a task: (B, I) -> T times (B, W). */
export function taskBottoms(x: tf.Tensor, w: Weights, taskCount: number): tf.Tensor[] {
  return tf.split(tf.relu(denseLayer(x, w, 'bottoms')), taskCount, 1)
}
