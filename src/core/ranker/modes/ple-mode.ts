import { pleNetwork } from '../ple-network.ts'
import type { RankerMode } from './ranker-mode.ts'

/** PLE with the plain loss. The left branch is trained beside it, so that the tracker has an extractor in every mode. */
export const pleMode: RankerMode = {
  network: pleNetwork,
  gamma: () => 1,
  sharedEmbeddings: false,
}
