import { rowOf } from './full-extractor.ts'
import type { ExtractorTables } from './extractor-tables.ts'

/**
 * One user's attention under one model version, kept so that an event costs only the fields whose token it changes.
 * A cache: it holds nothing that the tokens and the tables do not give again, bit for bit.
 */
export interface UserAttention {
  readonly tables: ExtractorTables
  /** Row of each field's token in the tables, (F). */
  readonly rows: Int32Array
  /** Sum over fields of the pair weights, (F). */
  readonly rowSums: Float64Array
  /** Pair weights times value rows, summed over fields, (F, C). */
  readonly numerators: Float64Array
}

export function startAttention(tables: ExtractorTables, tokens: Int32Array): UserAttention {
  const { fieldCount: F } = tables.weights
  const attention: UserAttention = {
    tables,
    rows: new Int32Array(F),
    rowSums: new Float64Array(F),
    numerators: new Float64Array(F * tables.columns),
  }
  for (let f = 0; f < F; f++) attention.rows[f] = rowOf(tables.weights, f, tokens[f])
  for (let f = 0; f < F; f++) rebuildRow(attention, f)
  return attention
}

/**
 * Moves the user to new tokens (F). Each changed field replaces its column in every row and gets its own row anew,
 * O(F C) each; the rest is not touched. Returns how many fields changed.
 */
export function moveAttention(attention: UserAttention, tokens: Int32Array): number {
  const { tables, rows, rowSums, numerators } = attention
  const F = tables.weights.fieldCount
  const V = tables.weights.tokenOffsets[F]
  const columns = tables.columns
  let changed = 0
  for (let f = 0; f < F; f++) {
    const next = rowOf(tables.weights, f, tokens[f])
    const old = rows[f]
    if (next === old) continue
    changed++
    for (let g = 0; g < F; g++) {
      if (g === f) continue
      const outWeight = tables.pairWeights[rows[g] * V + old]
      const inWeight = tables.pairWeights[rows[g] * V + next]
      rowSums[g] += inWeight - outWeight
      const at = g * columns
      for (let c = 0; c < columns; c++) {
        numerators[at + c] +=
          inWeight * tables.valueRows[next * columns + c] - outWeight * tables.valueRows[old * columns + c]
      }
    }
    rows[f] = next
    rebuildRow(attention, f)
  }
  return changed
}

/** Equation 9, p_k of all tasks (T), from the kept sums: O(T F). */
export function readPredictions(attention: UserAttention): Float32Array {
  const { weights, columns, columnSteps } = attention.tables
  const { fieldCount: F, width: D, taskCount: T } = weights
  const predictions = new Float32Array(T)
  const pool = poolScratch(F)
  for (let k = 0; k < T; k++) {
    poolFields(attention, k, pool)
    let pooled = 0
    for (let f = 0; f < F; f++) pooled += pool[f] * attention.numerators[f * columns + D + T + k]
    const logit = weights.headBias[k] + pooled * columnSteps[D + T + k]
    predictions[k] = 1 / (1 + Math.exp(-logit))
  }
  return predictions
}

/** Equation 8, the state embedding [s_1 .. s_T] (T, D), from the kept sums: O(T F D). */
export function readEmbedding(attention: UserAttention): Float32Array {
  const { weights, columns, columnSteps } = attention.tables
  const { fieldCount: F, width: D, taskCount: T } = weights
  const embedding = new Float32Array(T * D)
  const pool = poolScratch(F)
  for (let k = 0; k < T; k++) {
    poolFields(attention, k, pool)
    for (let d = 0; d < D; d++) {
      let pooled = 0
      for (let f = 0; f < F; f++) pooled += pool[f] * attention.numerators[f * columns + d]
      embedding[k * D + d] = pooled * columnSteps[d]
    }
  }
  return embedding
}

let scratch = new Float64Array(32)

function poolScratch(fieldCount: number): Float64Array {
  if (scratch.length < fieldCount) scratch = new Float64Array(fieldCount)
  return scratch
}

/** a_kf of equation 8 over the row sums: what a numerator of field f is multiplied with. */
function poolFields({ tables, rowSums, numerators }: UserAttention, task: number, pool: Float64Array): void {
  const { fieldCount: F, width: D } = tables.weights
  const step = tables.columnSteps[D + task]
  let max = -Infinity
  for (let f = 0; f < F; f++) {
    pool[f] = (numerators[f * tables.columns + D + task] / rowSums[f]) * step
    if (pool[f] > max) max = pool[f]
  }
  let sum = 0
  for (let f = 0; f < F; f++) {
    pool[f] = Math.exp(pool[f] - max)
    sum += pool[f]
  }
  for (let f = 0; f < F; f++) pool[f] /= sum * rowSums[f]
}

function rebuildRow(attention: UserAttention, field: number): void {
  const { tables, rows, rowSums, numerators } = attention
  const F = tables.weights.fieldCount
  const V = tables.weights.tokenOffsets[F]
  const columns = tables.columns
  const at = field * columns
  numerators.fill(0, at, at + columns)
  let sum = 0
  for (let g = 0; g < F; g++) {
    const weight = tables.pairWeights[rows[field] * V + rows[g]]
    sum += weight
    for (let c = 0; c < columns; c++) numerators[at + c] += weight * tables.valueRows[rows[g] * columns + c]
  }
  rowSums[field] = sum
}
