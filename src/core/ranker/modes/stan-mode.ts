import { pleNetwork } from '../ple-network.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * STAN as printed (RecSys 2023): one embedding for both branches, a CGC layer, and the prediction loss of equation 14
 * weighted by the draw gamma ~ Beta(alpha, beta) of Algorithm 1. What Algorithm 1 counts is `posterior.evidence` and
 * `posterior.weight`, the form of the attention (equations 6 and 7) `ranker.attention`.
 */
export const stanMode: RankerMode = {
  network: pleNetwork,
  gamma: ({ algorithmDraws }) => algorithmDraws,
  sharedEmbeddings: true,
}
