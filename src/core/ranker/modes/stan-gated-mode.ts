import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from '../dense-layer.ts'
import type { Weights } from '../dense-weights.ts'
import { normalisedGamma } from '../normalised-gamma.ts'
import { pleLevels } from '../ple-network.ts'
import type { RightInput } from '../right-network.ts'
import { towerLogits, towerSpecs } from '../towers.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * STAN whose state enters the forward pass: what the tracker knows of the user scales the units that each tower reads,
 * by the gates of PEPNet (Chang et al., KDD 2023, its Gate NU: a ReLU layer, then 2 sigmoid(.)):
 *
 *     g = [state numbers | s_1 .. s_T], delta_k = 2 sigmoid(relu(g A + a) B_k + b_k), y_k = sigmoid(tower_k(delta_k h_k))
 *
 * g holds posterior means (log-odds), effective sample size, stage probabilities and the state embedding, which is behind
 * a stop-gradient: the gate reads the left branch and does not train it. B starts at 0, all gates at 1: as PLE.
 */
export const stanGatedMode: RankerMode = {
  network(settings, inputWidth) {
    const { tasks, expertWidth, embeddingWidth, stateNumberCount, towerWidths } = settings
    const ple = pleLevels(settings, inputWidth)
    const gateInput = stateNumberCount + tasks.length * embeddingWidth // Z + T D
    const openGates = ({ numbers, embedding }: RightInput, w: Weights): tf.Tensor[] => {
      const state = tf.concat([numbers, embedding!], 1) // (B, Z + T D)
      const hidden = tf.relu(denseLayer(state, w, 'gate.0')) // (B, H)
      const gates = tf.mul(tf.sigmoid(denseLayer(hidden, w, 'gate.1')), 2) // (B, T H)
      return tf.split(gates, tasks.length, 1)
    }
    const opening = denseSpecs('gate.1', expertWidth, tasks.length * expertWidth)
    return {
      specs: [
        ...ple.specs,
        ...towerSpecs(tasks.length, expertWidth, towerWidths),
        ...denseSpecs('gate.0', gateInput, expertWidth),
        ...opening.map((spec) => ({ ...spec, init: 'zeros' as const })),
      ],
      readsEmbedding: true,
      logits(input, w) {
        const open = openGates(input, w)
        const gated = ple.hidden(input.x, w).map((h, k) => tf.mul(open[k], h)) // delta_k h_k: (B, H)
        return towerLogits(gated, w, towerWidths.length) // (B, T)
      },
      gates: (input, w) => ({
        expertsPerTask: settings.expertsPerTask,
        experts: ple.gates(input.x, w),
        units: openGates(input, w),
      }),
    }
  },
  gamma: normalisedGamma,
  sharedEmbeddings: true,
}
