import type { ExtractorWeights } from '../contracts/model-bundle.ts'

/**
 * What the attention of one model version needs and no event changes, over all V tokens (method.md section 3):
 * the unnormalised attention weight of every token pair, and every token's value row with its products with the pooling
 * and the head weights behind it: sums over fields then give pooling scores and predictions without the D in between.
 *
 * Both are integers on a fixed grid, held in doubles. Sums of their products stay below 2^53 and are therefore exact,
 * so taking a token out of a sum and putting another in gives the same bits as adding the sum up anew: numerators
 * cannot drift, a user's cache may be dropped at any time, and a replay publishes the same bytes.
 */
export interface ExtractorTables {
  readonly weights: ExtractorWeights
  /** exp(score(i, j) - max_j score(i, j)) on the grid 2^-27, (V, V). */
  readonly pairWeights: Float64Array
  /** [value row . W_k (T) | value row . head weights of k (T) | 1], C = 2 T + 1: what predictions need. */
  readonly scores: RowTable
  /** Value rows, C = D: what the embedding needs. */
  readonly values: RowTable
}

/** A row of each token, (V, C), in whole steps of its column. */
export interface RowTable {
  readonly rows: Float64Array
  readonly columns: number
  /** Step of each column's grid, a power of two, (C). */
  readonly steps: Float64Array
}

const PAIR_BITS = 27
/** Bits of a value, so that the sum over F fields of pair weight x value stays below 2^53: 22 for up to 16 fields. */
function valueBits(fieldCount: number): number {
  return 53 - PAIR_BITS - Math.ceil(Math.log2(fieldCount))
}
const MAX_FIELDS = 32
/** With scores further apart a row without its largest partner could lose 1e-5 of its attention to the grid. */
const MAX_SCORE_SPREAD = 6.5

/**
 * Tables of a model version, or null when it cannot be run incrementally: the left form, more than 32 fields, or
 * scores so far apart that the grid would show. The full computation serves those.
 */
export function buildExtractorTables(weights: ExtractorWeights): ExtractorTables | null {
  const { fieldCount: F, width: D, taskCount: T } = weights
  if (weights.form !== 'right' || F > MAX_FIELDS) return null
  const V = weights.tokenOffsets[F]
  const query = tokenRows(weights, weights.query)
  const key = tokenRows(weights, weights.key)
  const value = tokenRows(weights, weights.value)

  const pairWeights = new Float64Array(V * V)
  const scores = new Float64Array(V)
  const scale = 1 / Math.sqrt(D)
  for (let i = 0; i < V; i++) {
    let max = -Infinity
    let min = Infinity
    for (let j = 0; j < V; j++) {
      let dot = 0
      for (let d = 0; d < D; d++) dot += query[i * D + d] * key[j * D + d]
      scores[j] = dot * scale
      if (scores[j] > max) max = scores[j]
      if (scores[j] < min) min = scores[j]
    }
    if (!(max - min <= MAX_SCORE_SPREAD)) return null
    for (let j = 0; j < V; j++) pairWeights[i * V + j] = Math.round(Math.exp(scores[j] - max) * 2 ** PAIR_BITS)
  }

  const scoreColumns = 2 * T + 1
  const scoreRows = new Float64Array(V * scoreColumns)
  for (let i = 0; i < V; i++) {
    const at = i * scoreColumns
    for (let k = 0; k < T; k++) {
      for (let d = 0; d < D; d++) {
        scoreRows[at + k] += value[i * D + d] * weights.pooling[k * D + d]
        scoreRows[at + T + k] += value[i * D + d] * weights.headWeights[k * D + d]
      }
    }
  }
  const scoreTable = rowTable(scoreRows, scoreColumns, valueBits(F))
  // Summed like the others, the weights themselves: the denominator of every row.
  for (let i = 0; i < V; i++) scoreRows[i * scoreColumns + 2 * T] = 1
  return { weights, pairWeights, scores: scoreTable, values: rowTable(value, D, valueBits(F)) }
}

/** Turns the entries of each of the `columns` into whole steps of its grid, in place. */
function rowTable(rows: Float64Array, columns: number, bits: number): RowTable {
  const steps = new Float64Array(columns)
  for (let c = 0; c < columns; c++) {
    let largest = 0
    for (let at = c; at < rows.length; at += columns) largest = Math.max(largest, Math.abs(rows[at]))
    // A power of two keeps the way back to real units exact.
    steps[c] = 2 ** (Math.ceil(Math.log2(largest || 1)) - bits)
    for (let at = c; at < rows.length; at += columns) rows[at] = Math.round(rows[at] / steps[c])
  }
  return { rows, columns, steps }
}

/** Every token's row times a (D, D) matrix: (V, D) x (D, D) -> (V, D). */
function tokenRows(weights: ExtractorWeights, matrix: Float32Array): Float64Array {
  const D = weights.width
  const V = weights.tokenOffsets[weights.fieldCount]
  const out = new Float64Array(V * D)
  for (let i = 0; i < V; i++) {
    for (let d = 0; d < D; d++) {
      let sum = 0
      for (let e = 0; e < D; e++) sum += weights.tokenEmbeddings[i * D + e] * matrix[e * D + d]
      out[i * D + d] = sum
    }
  }
  return out
}
