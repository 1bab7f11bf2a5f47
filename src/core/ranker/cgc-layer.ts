import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from './dense-layer.ts'
import type { WeightSpec, Weights } from './dense-weights.ts'
import { type ExpertMixture, mixExperts } from './mix-experts.ts'

/**
 * Sizes of one customised-gate-control layer. B examples, T tasks, H width of an expert, E = T expertsPerTask +
 * sharedExperts experts, G gates: one a task, and one of the shared stream where another level follows.
 */
export interface CgcShape {
  readonly name: string
  readonly taskCount: number
  readonly expertsPerTask: number
  readonly sharedExperts: number
  readonly expertWidth: number
  /** Width of what the layer reads. */
  readonly inputWidth: number
  /** The first level reads one x; later levels read the level before's h_1 .. h_T, h_s. */
  readonly first: boolean
  readonly last: boolean
}

const expertCount = (s: CgcShape): number => s.taskCount * s.expertsPerTask + s.sharedExperts
const gateCount = (s: CgcShape): number => s.taskCount + (s.last ? 0 : 1)

/** Experts and gates that read the same input are one matrix: [experts | gate logits]. */
export function cgcSpecs(s: CgcShape): WeightSpec[] {
  const E = expertCount(s)
  if (s.first) return fused(s.name, s, E, gateCount(s))
  const specs: WeightSpec[] = []
  for (let k = 0; k < s.taskCount; k++) specs.push(...fused(`${s.name}.task${k}`, s, s.expertsPerTask, 1))
  specs.push(...fused(`${s.name}.shared`, s, s.sharedExperts, gateCount(s) - s.taskCount))
  return specs

  function fused(name: string, shape: CgcShape, experts: number, gates: number): WeightSpec[] {
    return denseSpecs(name, shape.inputWidth, experts * shape.expertWidth + gates * E).map((spec) => ({
      ...spec,
      fanOut: shape.expertWidth,
    }))
  }
}

/**
 * h_k = sum over e of w_ke E_e(x), w_k = softmax(W_k x) over task k's and the shared experts (method section 5; Tang et
 * al., RecSys 2020, equations 1 to 3).
 * `inputs` is [x] at the first level, else [h_1 .. h_T, h_s]; returns [h_1 .. h_T] and, unless last, h_s: each (B, H).
 */
export function cgcLayer(inputs: readonly tf.Tensor[], w: Weights, s: CgcShape): tf.Tensor[] {
  const mixed = mixExperts(fusedExperts(inputs, w, s), mixtureOf(s)) // (B, G H)
  return tf.split(mixed, gateCount(s), 1)
}

/** [experts | gate logits] of the layer, (B, E H + G E). */
export function fusedExperts(inputs: readonly tf.Tensor[], w: Weights, s: CgcShape): tf.Tensor {
  return s.first ? denseLayer(inputs[0], w, s.name) : readStreams(inputs, w, s)
}

export function mixtureOf(s: CgcShape): ExpertMixture {
  return { expertCount: expertCount(s), expertWidth: s.expertWidth, visible: visibleExperts(s) }
}

/** Each stream's own experts and gates, put side by side: [E_1 .. E_T, E_s | gate_1 .. gate_T, gate_s]. */
function readStreams(inputs: readonly tf.Tensor[], w: Weights, s: CgcShape): tf.Tensor {
  const experts: tf.Tensor[] = []
  const gates: tf.Tensor[] = []
  for (let k = 0; k < s.taskCount; k++) {
    const widths = [s.expertsPerTask * s.expertWidth, expertCount(s)]
    const [own, gate] = tf.split(denseLayer(inputs[k], w, `${s.name}.task${k}`), widths, 1)
    experts.push(own)
    gates.push(gate)
  }
  const shared = denseLayer(inputs[s.taskCount], w, `${s.name}.shared`)
  if (s.last) return tf.concat([...experts, shared, ...gates], 1)
  const [own, gate] = tf.split(shared, [s.sharedExperts * s.expertWidth, expertCount(s)], 1)
  return tf.concat([...experts, own, ...gates, gate], 1)
}

/** Task k's gate sees its own and the shared experts, the shared gate sees all. */
function visibleExperts(s: CgcShape): number[][] {
  const all = Array.from({ length: expertCount(s) }, (_, e) => e)
  return Array.from({ length: gateCount(s) }, (_, g) =>
    all.filter((e) => {
      const shared = e >= s.taskCount * s.expertsPerTask
      return g === s.taskCount || shared || Math.floor(e / s.expertsPerTask) === g
    }),
  )
}
