import { unitGamma } from '../gamma.ts'
import type { RankerMode } from './ranker-mode.ts'

/** The baselines' part: no gamma; the left branch is trained beside the model, so that the tracker has an extractor. */
export const PLAIN_LOSS: Pick<RankerMode, 'gamma' | 'sharedEmbeddings'> = { gamma: unitGamma, sharedEmbeddings: false }
