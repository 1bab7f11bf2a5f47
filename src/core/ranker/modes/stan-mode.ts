import { pleNetwork } from '../ple-network.ts'
import type { RankerMode } from './ranker-mode.ts'

/** STAN as in the paper: one embedding for both branches, the prediction loss weighted by the draw of Algorithm 1. */
export const stanMode: RankerMode = {
  network: pleNetwork,
  gamma: (task) => task.algorithmGamma,
  sharedEmbeddings: true,
}
