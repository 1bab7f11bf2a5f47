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
  const experts = new Float64Array(E * H) // relu(x), of one example
  const sum = new Float64Array(H)
  for (let from = 0, to = 0, gate = 0; from < values.length; from += columns) {
    rectify(values, from, experts)
    for (const seen of visible) {
      sum.fill(0)
      for (const e of seen) addScaled(sum, gates[gate++], experts, e * H)
      out.set(sum, to)
      to += H
    }
  }
  return out
}

/** Gradient with respect to the fused matrix, (B, E H + G E), from that of h, (B, G, H). */
function mixGradient(
  values: Float32Array,
  gates: Float64Array,
  dy: Float32Array,
  { expertCount: E, expertWidth: H, visible }: ExpertMixture,
): Float32Array {
  const columns = E * H + visible.length * E
  const gradient = new Float32Array(values.length)
  const experts = new Float64Array(E * H) // relu(x), of one example
  const pull = new Float64Array(E * H) // with respect to it
  const upstream = new Float64Array(H)
  const dots = new Float64Array(E) // with respect to w_ge
  for (let from = 0, to = 0, gate = 0; from < values.length; from += columns) {
    rectify(values, from, experts)
    pull.fill(0)
    for (let g = 0; g < visible.length; g++) {
      for (let h = 0; h < H; h++) upstream[h] = dy[to++]
      const first = gate
      let mean = 0
      for (const e of visible[g]) {
        dots[e] = dotAndAdd(upstream, experts, gates[gate], pull, e * H)
        mean += gates[gate++] * dots[e]
      }
      gate = first
      for (const e of visible[g]) gradient[from + E * H + g * E + e] = gates[gate++] * (dots[e] - mean)
    }
    for (let i = 0; i < E * H; i++) gradient[from + i] = pull[i] * step(experts[i])
  }
  return gradient
}

/** relu of values[from ..] into `out`, without a branch: signs are as good as random, and would be mispredicted. */
function rectify(values: Float32Array, from: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const x = values[from + i]
    out[i] = 0.5 * (x + Math.abs(x))
  }
}

/** 1 for a positive number, 0 for 0. */
function step(x: number): number {
  return x / (x + Number.MIN_VALUE)
}

/** sum += weight x[at ..]. */
function addScaled(sum: Float64Array, weight: number, x: Float64Array, at: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] += weight * x[at + i]
}

/** Returns y x[at ..], and adds weight y to pull[at ..]. */
function dotAndAdd(y: Float64Array, x: Float64Array, weight: number, pull: Float64Array, at: number): number {
  let dot = 0
  for (let i = 0; i < y.length; i++) {
    dot += y[i] * x[at + i]
    pull[at + i] += weight * y[i]
  }
  return dot
}
