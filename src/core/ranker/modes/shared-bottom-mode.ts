import * as tf from '@tensorflow/tfjs-core'
import { denseLayer, denseSpecs } from '../dense-layer.ts'
import { towerLogits, towerSpecs } from '../towers.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * Shared bottom (Caruana 1997; Ma et al., KDD 2018, equation 1): y_k = h^k(f(x)), f one ReLU layer with the units of all
 * experts of PLE.
 */
export const sharedBottomMode: RankerMode = {
  network(settings, inputWidth) {
    const { tasks, expertsPerTask, sharedExperts, expertWidth, towerWidths } = settings
    const width = (tasks.length * expertsPerTask + sharedExperts) * expertWidth
    return {
      specs: [...denseSpecs('bottom', inputWidth, width), ...towerSpecs(tasks.length, width, towerWidths)],
      logits({ x }, w) {
        const bottom = tf.relu(denseLayer(x, w, 'bottom')) // (B, I) -> (B, E H)
        return towerLogits(
          tasks.map(() => bottom),
          w,
          towerWidths.length,
        ) // (B, T)
      },
    }
  },
  ...PLAIN_LOSS,
}
