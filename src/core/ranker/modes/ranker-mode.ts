import type { Gamma } from '../gamma.ts'
import type { RankerSettings } from '../ranker-settings.ts'
import type { RightNetwork } from '../right-network.ts'

/** What makes one model different from the next. Everything else is the ranker's. */
export interface RankerMode {
  /** The right branch; its input x has `inputWidth` columns. */
  readonly network: (settings: RankerSettings, inputWidth: number) => RightNetwork
  /** gamma of equation 14: what one example's task weighs in the prediction loss. */
  readonly gamma: Gamma
  /**
   * Whether both branches train the token embeddings. Where not, the left branch stops at those the right branch
   * reads, and trains only those that nothing else would.
   */
  readonly sharedEmbeddings: boolean
}
