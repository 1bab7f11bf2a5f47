import type { ExtractorWeights } from '../contracts/model-bundle.ts'
import { buildExtractorTables, type ExtractorTables } from './extractor-tables.ts'
import { extractInFull } from './full-extractor.ts'
import { moveAttention, readEmbedding, readPredictions, startAttention, type UserAttention } from './user-attention.ts'

/** A user's cache as the caller keeps it; `current` is null before the first extraction and after an eviction. */
export interface AttentionCache {
  current: UserAttention | null
}

/** The extractor of one model version: incremental where the version allows it, else in full. */
export class Extractor {
  readonly weights: ExtractorWeights
  readonly tables: ExtractorTables | null

  constructor(weights: ExtractorWeights) {
    this.weights = weights
    this.tables = buildExtractorTables(weights)
  }

  /** State embedding [s_1 .. s_T] (T, D) of a user's tokens (F). Brings the cache to these tokens. */
  embed(cache: AttentionCache, tokens: Int32Array): Float32Array {
    const attention = this.attend(cache, tokens)
    return attention ? readEmbedding(attention) : extractInFull(this.weights, tokens).embedding
  }

  /** Predictions p_k (T) of a user's tokens (F). Brings the cache to these tokens. */
  predict(cache: AttentionCache, tokens: Int32Array): Float32Array {
    const attention = this.attend(cache, tokens)
    return attention ? readPredictions(attention) : extractInFull(this.weights, tokens).predictions
  }

  private attend(cache: AttentionCache, tokens: Int32Array): UserAttention | null {
    if (!this.tables) return null
    const kept = cache.current
    if (kept && kept.tables === this.tables) {
      moveAttention(kept, tokens)
      return kept
    }
    return (cache.current = startAttention(this.tables, tokens))
  }
}
