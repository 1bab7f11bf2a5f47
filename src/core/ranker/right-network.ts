import type { Tensor } from '@tensorflow/tfjs-core'
import type { WeightSpec, Weights } from './dense-weights.ts'

/** The right branch of a mode: from the flattened embeddings to one logit a task. */
export interface RightNetwork {
  readonly specs: readonly WeightSpec[]
  /** (B, I) -> (B, T). */
  logits(x: Tensor, w: Weights): Tensor
}
