import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from '../dense-layer.ts'
import type { WeightSpec, Weights } from '../dense-weights.ts'
import { bottomSpecs, bottomWidth, taskBottoms } from '../task-bottoms.ts'
import { towerHidden, towerOutputs, towerSpecs } from '../towers.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * Adaptive information transfer (Xi et al., KDD 2021): the tasks are steps, in the order of the configuration, and each
 * takes over from the one before what its AIT module lets through:
 *
 *     q_t = tower_t(x), p_t = g_t(z_{t-1}), z_t = AIT(p_t, q_t), z_1 = q_1, y_t = sigmoid(MLP_t(z_t))
 *
 * The paper's calibrator, a loss where y_t > y_{t-1}, is left out: a later task here need not imply an earlier one (a stay
 * is no subset of the clicks, an order may be tried only after a click), and the table of modes says the plain loss.
 */
export const aitmMode: RankerMode = {
  network(settings, inputWidth) {
    const { tasks, towerWidths } = settings
    const bottom = bottomWidth(settings)
    const width = towerWidths.at(-1) ?? bottom // K
    const transfers = tasks.slice(1).flatMap((_, t) => transferSpecs(t + 1, width))
    return {
      specs: [...bottomSpecs(settings, inputWidth), ...towerSpecs(tasks.length, bottom, towerWidths), ...transfers],
      logits({ x }, w) {
        const own = towerHidden(taskBottoms(x, w, tasks.length), w, towerWidths.length) // q_1 .. q_T: (B, K)
        const steps = [own[0]] // z_1 .. z_T: (B, K)
        for (let t = 1; t < own.length; t++) {
          const passedOn = tf.relu(denseLayer(steps[t - 1], w, `transfer${t}`)) // p_t: (B, K)
          steps.push(adaptiveTransfer(passedOn, own[t], w, `ait${t}`))
        }
        return towerOutputs(steps, w, towerWidths.length) // (B, T)
      },
    }
  },
  ...PLAIN_LOSS,
}

/** g_t, and [h_1 | h_2 | h_3] as one matrix. */
function transferSpecs(t: number, width: number): WeightSpec[] {
  const ait = denseSpecs(`ait${t}`, width, 3 * width).map((spec) => ({ ...spec, fanOut: width }))
  return [...denseSpecs(`transfer${t}`, width, width), ...ait]
}

/**
 * The AIT module: z = sum over u in {p, q} of w_u h_1(u), w_u = softmax over u of <h_2(u), h_3(u)> / sqrt(K); h_1, h_2 and
 * h_3 are linear. Two times (B, K) -> (B, K).
 */
function adaptiveTransfer(p: tf.Tensor, q: tf.Tensor, w: Weights, name: string): tf.Tensor {
  const scale = 1 / Math.sqrt(p.shape[1]!)
  const mapped = (u: tf.Tensor): { value: tf.Tensor; score: tf.Tensor } => {
    const [value, key, query] = tf.split(denseLayer(u, w, name), 3, 1) // h_1(u), h_2(u), h_3(u): (B, K)
    return { value, score: tf.mul(tf.sum(tf.mul(key, query), 1, true), scale) } // (B, K), (B, 1)
  }
  const [fromBefore, own] = [mapped(p), mapped(q)]
  const [weightP, weightQ] = tf.split(tf.softmax(tf.concat([fromBefore.score, own.score], 1)), 2, 1) // (B, 1)
  return tf.add(tf.mul(weightP, fromBefore.value), tf.mul(weightQ, own.value))
}
