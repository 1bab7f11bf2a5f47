import type { Tensor } from '@tensorflow/tfjs-core'

/** What a network's gates let through, for B examples. */
export interface NetworkGates {
  /** Experts that belong to one task, the first of all; the rest are shared. 0 where all are. */
  readonly expertsPerTask: number
  /** By task, of the last level: softmax weights of the experts that its gate sees. */
  readonly experts: readonly ExpertGate[]
  /** By task: what multiplies the units that its tower reads, (B, H) each; null for a network without such gates. */
  readonly units: readonly Tensor[] | null
}

/** V experts that one gate sees, of width H. */
export interface ExpertGate {
  /** Places among all experts of the level, task by task and then the shared ones, (V). */
  readonly visible: readonly number[]
  /** (B, V), rows sum to 1. */
  readonly weights: Tensor
  /** What the experts say, after their ReLU: V of (B, H). Their weighted sum is h_k. */
  readonly outputs: readonly Tensor[]
}
