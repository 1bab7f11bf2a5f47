import { rowOf } from './full-extractor.ts'
import type { ExtractorTables } from './extractor-tables.ts'

/**
 * One user's attention under one model version, kept so that an event costs only the fields whose token it changes.
 * A cache: it holds nothing that the tokens and the tables do not give again, bit for bit. It keeps what predictions
 * need, at every event; the D columns of the embedding are summed up when a state is published.
 */
export interface UserAttention {
  readonly tables: ExtractorTables
  /** Row of each field's token in the tables, (F). */
  readonly rows: Int32Array
  /** Sum over fields of the pair weights, (F). */
  readonly rowSums: Float64Array
  /** Pair weights times score rows, summed over fields, (F, 2 T). */
  readonly numerators: Float64Array
}

export function startAttention(tables: ExtractorTables, tokens: Int32Array): UserAttention {
  const { fieldCount: F, taskCount: T } = tables.weights
  const attention: UserAttention = {
    tables,
    rows: new Int32Array(F),
    rowSums: new Float64Array(F),
    numerators: new Float64Array(F * 2 * T),
  }
  for (let f = 0; f < F; f++) attention.rows[f] = rowOf(tables.weights, f, tokens[f])
  for (let f = 0; f < F; f++) rebuildRow(attention, f)
  return attention
}

/**
 * Moves the user to new tokens (F). Each changed field replaces its column in every row and gets its own row anew,
 * O(F T) each; the rest is not touched. Returns how many fields changed.
 */
export function moveAttention(attention: UserAttention, tokens: Int32Array): number {
  const { tables, rows, rowSums, numerators } = attention
  const { pairWeights, scoreRows } = tables
  const F = tables.weights.fieldCount
  const V = tables.weights.tokenOffsets[F]
  const C = 2 * tables.weights.taskCount
  let changed = 0
  for (let f = 0; f < F; f++) {
    const next = rowOf(tables.weights, f, tokens[f])
    const old = rows[f]
    if (next === old) continue
    changed++
    for (let g = 0; g < F; g++) {
      if (g === f) continue
      const outWeight = pairWeights[rows[g] * V + old]
      const inWeight = pairWeights[rows[g] * V + next]
      rowSums[g] += inWeight - outWeight
      for (let c = 0; c < C; c++) {
        numerators[g * C + c] += inWeight * scoreRows[next * C + c] - outWeight * scoreRows[old * C + c]
      }
    }
    rows[f] = next
    rebuildRow(attention, f)
  }
  return changed
}

/** Equation 9, p_k of all tasks (T), from the kept sums: O(T F). */
export function readPredictions(attention: UserAttention): Float32Array {
  const { weights, scoreSteps } = attention.tables
  const { fieldCount: F, taskCount: T } = weights
  const predictions = new Float32Array(T)
  const pool = poolScratch(F)
  for (let k = 0; k < T; k++) {
    poolFields(attention, k, pool)
    let pooled = 0
    for (let f = 0; f < F; f++) pooled += pool[f] * attention.numerators[f * 2 * T + T + k]
    const logit = weights.headBias[k] + pooled * scoreSteps[T + k]
    predictions[k] = 1 / (1 + Math.exp(-logit))
  }
  return predictions
}

/** Equation 8, the state embedding [s_1 .. s_T] (T, D): the value rows are summed up here, O(F F D + T F D). */
export function readEmbedding(attention: UserAttention): Float32Array {
  const { weights, valueSteps } = attention.tables
  const { fieldCount: F, width: D, taskCount: T } = weights
  const embedding = new Float32Array(T * D)
  const attended = attendedValues(attention)
  const pool = poolScratch(F)
  for (let k = 0; k < T; k++) {
    poolFields(attention, k, pool)
    for (let d = 0; d < D; d++) {
      let pooled = 0
      for (let f = 0; f < F; f++) pooled += pool[f] * attended[f * D + d]
      embedding[k * D + d] = pooled * valueSteps[d]
    }
  }
  return embedding
}

let scratch = new Float64Array(32)

function poolScratch(fieldCount: number): Float64Array {
  if (scratch.length < fieldCount) scratch = new Float64Array(fieldCount)
  return scratch
}

let attendedScratch = new Float64Array(0)

/** Pair weights times value rows, summed over fields, (F, D). */
function attendedValues({ tables, rows }: UserAttention): Float64Array {
  const { pairWeights, valueRows } = tables
  const { fieldCount: F, width: D } = tables.weights
  const V = tables.weights.tokenOffsets[F]
  if (attendedScratch.length < F * D) attendedScratch = new Float64Array(F * D)
  const attended = attendedScratch.fill(0, 0, F * D)
  for (let f = 0; f < F; f++) {
    for (let g = 0; g < F; g++) {
      const weight = pairWeights[rows[f] * V + rows[g]]
      const from = rows[g] * D
      for (let d = 0; d < D; d++) attended[f * D + d] += weight * valueRows[from + d]
    }
  }
  return attended
}

/** a_kf of equation 8 over the row sums: what a numerator of field f is multiplied with. */
function poolFields({ tables, rowSums, numerators }: UserAttention, task: number, pool: Float64Array): void {
  const { fieldCount: F, taskCount: T } = tables.weights
  const step = tables.scoreSteps[task]
  let max = -Infinity
  for (let f = 0; f < F; f++) {
    pool[f] = (numerators[f * 2 * T + task] / rowSums[f]) * step
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
  const { pairWeights, scoreRows } = tables
  const F = tables.weights.fieldCount
  const V = tables.weights.tokenOffsets[F]
  const C = 2 * tables.weights.taskCount
  const at = field * C
  numerators.fill(0, at, at + C)
  let sum = 0
  for (let g = 0; g < F; g++) {
    const weight = pairWeights[rows[field] * V + rows[g]]
    sum += weight
    for (let c = 0; c < C; c++) numerators[at + c] += weight * scoreRows[rows[g] * C + c]
  }
  rowSums[field] = sum
}
