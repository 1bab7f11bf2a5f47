import { pleNetwork } from '../ple-network.ts'
import type { RankerMode } from './ranker-mode.ts'

/** STAN without Beta, the paper's ablation: gamma is p of the left branch itself, equation 9, not a draw. */
export const stanNoBetaMode: RankerMode = {
  network: pleNetwork,
  gamma: ({ preferences }) => preferences,
  sharedEmbeddings: true,
}
