import type { Tensor } from '@tensorflow/tfjs-core'
import type { WeightSpec, Weights } from './dense-weights.ts'
import type { NetworkGates } from './network-gates.ts'

/** What a right branch may read. B examples, T tasks, D width of an embedding; gradients flow into `x` alone. */
export interface RightInput {
  /** Flattened embeddings and, with `stateFeatures`, the state numbers, (B, I). */
  readonly x: Tensor
  /** The most probable stage as one-hot columns, (B, 4). */
  readonly stage: Tensor
  /** State numbers brought to one size, (B, Z): posterior log-odds, effective sample size, .., stage probabilities. */
  readonly numbers: Tensor
  /** [s_1 .. s_T] of equation 8, (B, T D), a constant; only for a network that `readsEmbedding`, else null. */
  readonly embedding: Tensor | null
}

/** The right branch of a mode: to one logit a task. */
export interface RightNetwork {
  readonly specs: readonly WeightSpec[]
  /** Whether the left branch's state embedding is needed, in serving too. */
  readonly readsEmbedding?: boolean
  /** (B, T). */
  logits(input: RightInput, w: Weights): Tensor
  /** What the gates of the same forward pass are; for a network that has some. */
  gates?(input: RightInput, w: Weights): NetworkGates
}
