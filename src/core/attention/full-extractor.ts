import type { ExtractorWeights } from '../contracts/model-bundle.ts'

/** What the left branch says of a user: s_k of all tasks (T, D), and p_k (T). */
export interface Extraction {
  readonly embedding: Float32Array
  readonly predictions: Float32Array
}

/**
 * The left branch in full, in double precision: STAN equations 6 to 9 on one user's tokens (F).
 * The yardstick of the incremental extractor, and what runs for the paper's left form, where every field mixes with
 * every other before the attention and nothing can be kept per field.
 */
export function extractInFull(weights: ExtractorWeights, tokens: Int32Array): Extraction {
  const { fieldCount: F, width: D, taskCount: T } = weights
  const fields = new Float64Array(F * D)
  for (let f = 0; f < F; f++) {
    const row = rowOf(weights, f, tokens[f]) * D
    for (let d = 0; d < D; d++) fields[f * D + d] = weights.tokenEmbeddings[row + d]
  }
  const query = project(weights, weights.query, fields) // (F, D)
  const key = project(weights, weights.key, fields) // (F, D)
  const value = project(weights, weights.value, fields) // (F, D)
  const scale = 1 / Math.sqrt(weights.form === 'right' ? D : F)

  const attended = new Float64Array(F * D) // X', equation 7
  const scores = new Float64Array(F)
  for (let f = 0; f < F; f++) {
    for (let g = 0; g < F; g++) {
      let dot = 0
      for (let d = 0; d < D; d++) dot += query[f * D + d] * key[g * D + d]
      scores[g] = dot * scale
    }
    softmaxInPlace(scores)
    for (let g = 0; g < F; g++) {
      for (let d = 0; d < D; d++) attended[f * D + d] += scores[g] * value[g * D + d]
    }
  }

  const embedding = new Float32Array(T * D)
  const predictions = new Float32Array(T)
  for (let k = 0; k < T; k++) {
    for (let f = 0; f < F; f++) {
      let dot = 0
      for (let d = 0; d < D; d++) dot += attended[f * D + d] * weights.pooling[k * D + d]
      scores[f] = dot
    }
    softmaxInPlace(scores) // a_k, equation 8
    let logit = weights.headBias[k]
    for (let d = 0; d < D; d++) {
      let pooled = 0
      for (let f = 0; f < F; f++) pooled += scores[f] * attended[f * D + d]
      embedding[k * D + d] = pooled
      logit += pooled * weights.headWeights[k * D + d]
    }
    predictions[k] = 1 / (1 + Math.exp(-logit)) // equation 9
  }
  return { embedding, predictions }
}

/** Row of the token table that a field's token stands for; a token outside the field's range is a caller's mistake. */
export function rowOf(weights: ExtractorWeights, field: number, token: number): number {
  const row = weights.tokenOffsets[field] + token
  if (token < 0 || row >= weights.tokenOffsets[field + 1]) {
    throw new RangeError(
      `Cannot look up token ${token} of field ${field}: it has ${weights.tokenOffsets[field + 1] - weights.tokenOffsets[field]} tokens`,
    )
  }
  return row
}

/** X W for the right form, (F, D) x (D, D); W X for the left form, (F, F) x (F, D). */
function project(weights: ExtractorWeights, matrix: Float32Array, fields: Float64Array): Float64Array {
  const { fieldCount: F, width: D } = weights
  const out = new Float64Array(F * D)
  for (let f = 0; f < F; f++) {
    for (let d = 0; d < D; d++) {
      let sum = 0
      if (weights.form === 'right') for (let e = 0; e < D; e++) sum += fields[f * D + e] * matrix[e * D + d]
      else for (let g = 0; g < F; g++) sum += matrix[f * F + g] * fields[g * D + d]
      out[f * D + d] = sum
    }
  }
  return out
}

function softmaxInPlace(scores: Float64Array): void {
  let max = -Infinity
  for (const score of scores) if (score > max) max = score
  let sum = 0
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - max)
    sum += scores[i]
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum
}
