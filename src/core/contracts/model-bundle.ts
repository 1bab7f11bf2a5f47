import type { BundleVersion } from './ids.ts'

/** Form of the attention of STAN equations 6 and 7: `right` is X W with W (D, D); `left` is the paper's W X, W (F, F). */
export const ATTENTION_FORMS = ['right', 'left'] as const
export type AttentionForm = (typeof ATTENTION_FORMS)[number]

/**
 * Weights of the state extractor. F fields, D width, T tasks, V tokens over all fields. Row-major.
 * Tokens of one field are contiguous: field f owns rows tokenOffsets[f] .. tokenOffsets[f + 1] - 1.
 */
export interface ExtractorWeights {
  readonly form: AttentionForm
  readonly fieldCount: number
  readonly width: number
  readonly taskCount: number
  /** (F + 1); the last entry is V. */
  readonly tokenOffsets: Int32Array
  /** (V, D), shared with the ranker's right branch. */
  readonly tokenEmbeddings: Float32Array
  /** (D, D) for `right`, (F, F) for `left`. */
  readonly query: Float32Array
  readonly key: Float32Array
  readonly value: Float32Array
  /** W_k of equation 8, (T, D). */
  readonly pooling: Float32Array
  /** The one-layer MLP_k of equation 9: (T, D) and (T). */
  readonly headWeights: Float32Array
  readonly headBias: Float32Array
}

/** What only the ranker knows of a task, since it alone sees the whole population. */
export interface TaskPopulation {
  readonly task: string
  /** Empirical-Bayes prior Beta(priorAlpha, priorBeta). */
  readonly priorAlpha: number
  readonly priorBeta: number
  /** Median over users of the posterior mean rate; the m_k of the stage rules. */
  readonly median: number
  /** Population mean of gamma, for normalising it. */
  readonly gammaMean: number
  /** Mean label, the pseudo-label of a user without history (equation 10). */
  readonly labelMean: number
  /** For quantile tasks: raw values at equally spaced probabilities 0 .. 1, ascending; else empty. */
  readonly quantiles: Float64Array
}

/** One version of everything the ranker hands back to the tracker (schemas/model-bundle.v1.avsc). */
export interface ModelBundle {
  readonly version: BundleVersion
  readonly mode: string
  /** Examples the ranker had trained on. */
  readonly exampleCount: number
  /** Event time of the newest of them, unix ms. */
  readonly eventTime: number
  readonly tasks: readonly TaskPopulation[]
  readonly extractor: ExtractorWeights
}
