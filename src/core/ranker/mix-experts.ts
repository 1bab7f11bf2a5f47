import * as tf from '@tensorflow/tfjs-core'
import { softmaxSlice } from './softmax-slice.ts'

/** B examples, E experts of width H, G gates. */
export interface ExpertMixture {
  readonly expertCount: number
  readonly expertWidth: number
  /** For each gate the experts it looks at, (G) lists. */
  readonly visible: readonly (readonly number[])[]
}

/**
 * h_g = sum over the visible e of w_ge relu(x_e), w_g = softmax over the visible e of the gate logits: from one fused
 * matrix [x_1 .. x_E | logits of gate 1 .. G], (B, E H + G E), to (B, G H).
 *
 * One pass each way over plain arrays. As backend kernels this is a dozen small steps and a batched product, which
 * WebAssembly has only slowly; together they took as long as the experts themselves.
 */
export function mixExperts(fused: tf.Tensor, mixture: ExpertMixture): tf.Tensor {
  const H = mixture.expertWidth
  const G = mixture.visible.length
  const mix = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor2D
    const values = x.dataSync<'float32'>()
    const gates = gateWeights(values, mixture)
    return {
      value: tf.tensor2d(weightedSums(values, gates, mixture), [x.shape[0], G * H]),
      gradFunc: (dy: tf.Tensor) => tf.tensor2d(mixGradient(values, gates, dy.dataSync<'float32'>(), mixture), x.shape),
    }
  })
  return mix(fused)
}

/** softmax of each gate's logits over the experts it looks at: one list of weights a gate, (B, sum of their counts). */
function gateWeights(values: Float32Array, { expertCount: E, expertWidth: H, visible }: ExpertMixture): Float64Array {
  const columns = E * H + visible.length * E
  const perExample = visible.reduce((sum, experts) => sum + experts.length, 0)
  const gates = new Float64Array((values.length / columns) * perExample)
  for (let from = E * H, to = 0; from < values.length; from += columns) {
    for (let g = 0; g < visible.length; g++) {
      const start = to
      for (const e of visible[g]) gates[to++] = values[from + g * E + e]
      softmaxSlice(gates, start, to)
    }
  }
  return gates
}

/** sum over the visible e of w_ge relu(x_e): (B, G H). */
function weightedSums(values: Float32Array, gates: Float64Array, mixture: ExpertMixture): Float32Array {
  const { expertCount: E, expertWidth: H, visible } = mixture
  const columns = E * H + visible.length * E
  const out = new Float32Array((values.length / columns) * visible.length * H)
  for (let from = 0, to = 0, gate = 0; from < values.length; from += columns) {
    for (const seen of visible) {
      // Two experts at a time; the last of an odd number is paired with itself at weight 0.
      for (let j = 0; j < seen.length; j += 2) {
        const single = j + 1 === seen.length
        const second = single ? j : j + 1
        addPair(
          values,
          from + seen[j] * H,
          gates[gate + j],
          from + seen[second] * H,
          single ? 0 : gates[gate + second],
          out,
          to,
          H,
        )
      }
      gate += seen.length
      to += H
    }
  }
  return out
}

/** out += wa relu(x_a) + wb relu(x_b). relu(x) = (x + |x|) / 2: signs are as good as random, a branch would mispredict. */
function addPair(
  x: Float32Array,
  a: number,
  wa: number,
  b: number,
  wb: number,
  out: Float32Array,
  to: number,
  H: number,
): void {
  const halfA = wa / 2
  const halfB = wb / 2
  for (let h = 0; h < H; h++) {
    const xa = x[a + h]
    const xb = x[b + h]
    out[to + h] += halfA * (xa + Math.abs(xa)) + halfB * (xb + Math.abs(xb))
  }
}

/** Gradient with respect to the fused matrix, (B, E H + G E), from that of h, (B, G, H). */
function mixGradient(
  values: Float32Array,
  gates: Float64Array,
  dy: Float32Array,
  { expertCount: E, expertWidth: H, visible }: ExpertMixture,
): Float32Array {
  const columns = E * H + visible.length * E
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length)
  const gradient = new Float32Array(values.length)
  const dots = new Float64Array(E) // with respect to w_ge
  for (let from = 0, to = 0, gate = 0; from < values.length; from += columns) {
    for (let g = 0; g < visible.length; g++) {
      const seen = visible[g]
      let mean = 0
      for (let j = 0; j < seen.length; j++) {
        dots[j] = pullExpert(values, bits, from + seen[j] * H, dy, to, gates[gate + j], gradient, H)
        mean += gates[gate + j] * dots[j]
      }
      for (let j = 0; j < seen.length; j++) {
        gradient[from + E * H + g * E + seen[j]] = gates[gate + j] * (dots[j] - mean)
      }
      gate += seen.length
      to += H
    }
  }
  return gradient
}

/** Adds one gate's pull on one expert to the gradient of x_e; returns relu(x_e) . dy, its pull on w_ge. */
function pullExpert(
  x: Float32Array,
  bits: Int32Array,
  at: number,
  dy: Float32Array,
  to: number,
  weight: number,
  gradient: Float32Array,
  H: number,
): number {
  let dot = 0
  for (let h = 0; h < H; h++) {
    const passed = dy[to + h] * (1 + (bits[at + h] >> 31)) // 0 where the sign bit is set
    dot += passed * x[at + h]
    gradient[at + h] += weight * passed
  }
  return dot
}
