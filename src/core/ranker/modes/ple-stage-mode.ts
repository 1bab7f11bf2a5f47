import * as tf from '@tensorflow/tfjs-core'
import { STAGES } from '../../contracts/stage.ts'
import { pleNetwork } from '../ple-network.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/** PLE-stage, a baseline of STAN's own experiments: PLE that reads the user's stage as one more feature. */
export const pleStageMode: RankerMode = {
  network(settings, inputWidth) {
    const ple = pleNetwork(settings, inputWidth + STAGES.length)
    return {
      specs: ple.specs,
      logits: (input, w) => ple.logits({ ...input, x: tf.concat([input.x, input.stage], 1) }, w), // x: (B, I + 4)
    }
  },
  ...PLAIN_LOSS,
}
