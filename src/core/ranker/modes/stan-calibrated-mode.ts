import { normalisedGamma } from '../normalised-gamma.ts'
import { pleNetwork } from '../ple-network.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * STAN with the calibrated posterior (method section 4: observed and decayed evidence on an empirical-Bayes prior) in the
 * place of Algorithm 1, and gamma over its population mean.
 */
export const stanCalibratedMode: RankerMode = {
  network: pleNetwork,
  gamma: normalisedGamma,
  sharedEmbeddings: true,
}
