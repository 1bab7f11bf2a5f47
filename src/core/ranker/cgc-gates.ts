import * as tf from '@tensorflow/tfjs-core'
import type { ExpertMixture } from './mix-experts.ts'
import type { ExpertGate } from './network-gates.ts'

/** The gates of mixExperts and the experts behind them, from the same fused matrix (B, E H + G E); one a gate. */
export function cgcGates(fused: tf.Tensor, { expertCount: E, expertWidth: H, visible }: ExpertMixture): ExpertGate[] {
  const B = fused.shape[0]
  return visible.map((seen, g) => {
    const logits = seen.map((e) => tf.slice(fused, [0, E * H + g * E + e], [B, 1]))
    return {
      visible: seen,
      weights: tf.softmax(tf.concat(logits, 1)), // (B, V)
      outputs: seen.map((e) => tf.relu(tf.slice(fused, [0, e * H], [B, H]))),
    }
  })
}
