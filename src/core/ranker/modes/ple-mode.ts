import { pleNetwork } from '../ple-network.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/** Progressive layered extraction (Tang et al., RecSys 2020) of `ranker.levels` levels with the plain loss. */
export const pleMode: RankerMode = { network: pleNetwork, ...PLAIN_LOSS }
