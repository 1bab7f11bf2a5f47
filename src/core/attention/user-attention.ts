import { rowOf } from './full-extractor.ts'
import type { ExtractorTables } from './extractor-tables.ts'
import { type FieldSums, moveSums, startSums } from './field-sums.ts'

/**
 * One user's attention under one model version, kept so that an event costs only the fields whose token it changes.
 * A cache: it holds nothing that the tokens and the tables do not give again, bit for bit. Predictions are read at every
 * event, the embedding only when a state is published: its D columns follow the tokens then, over all events in between.
 */
export interface UserAttention {
  readonly tables: ExtractorTables
  readonly scores: FieldSums
  /** Null until the first embedding is read. */
  values: FieldSums | null
}

export function startAttention(tables: ExtractorTables, tokens: Int32Array): UserAttention {
  return { tables, scores: startSums(tables, tables.scores, rowsOf(tables, tokens)), values: null }
}

/** Moves the user to new tokens (F). Returns how many fields changed. */
export function moveAttention({ tables, scores }: UserAttention, tokens: Int32Array): number {
  return moveSums(tables, scores, rowsOf(tables, tokens))
}

/** Equation 9, p_k of all tasks (T), from the kept sums: O(T F). */
export function readPredictions(attention: UserAttention): Float32Array {
  const { weights } = attention.tables
  const { fieldCount: F, taskCount: T } = weights
  const { sums, table } = attention.scores
  const predictions = new Float32Array(T)
  for (let k = 0; k < T; k++) {
    const pool = poolFields(attention, k)
    let pooled = 0
    for (let f = 0; f < F; f++) pooled += pool[f] * sums[f * table.columns + T + k]
    const logit = weights.headBias[k] + pooled * table.steps[T + k]
    predictions[k] = 1 / (1 + Math.exp(-logit))
  }
  return predictions
}

/** Equation 8, the state embedding [s_1 .. s_T] (T, D): O(F D) for each field changed since the last one, and O(T F D). */
export function readEmbedding(attention: UserAttention): Float32Array {
  const { tables, scores } = attention
  const { fieldCount: F, width: D, taskCount: T } = tables.weights
  if (attention.values === null) attention.values = startSums(tables, tables.values, scores.rows)
  else moveSums(tables, attention.values, scores.rows)
  const { sums, table } = attention.values
  const embedding = new Float32Array(T * D)
  for (let k = 0; k < T; k++) {
    const pool = poolFields(attention, k)
    for (let d = 0; d < D; d++) {
      let pooled = 0
      for (let f = 0; f < F; f++) pooled += pool[f] * sums[f * D + d]
      embedding[k * D + d] = pooled * table.steps[d]
    }
  }
  return embedding
}

let rowScratch = new Int32Array(0)

/** Row of each field's token, (F), in memory that the next call takes. */
function rowsOf({ weights }: ExtractorTables, tokens: Int32Array): Int32Array {
  const { fieldCount: F } = weights
  if (rowScratch.length !== F) rowScratch = new Int32Array(F)
  for (let f = 0; f < F; f++) rowScratch[f] = rowOf(weights, f, tokens[f])
  return rowScratch
}

let poolScratch = new Float64Array(32)

/** a_kf of equation 8 over the row sums, (F): what a sum of field f is multiplied with. The next call takes its memory. */
function poolFields({ tables, scores }: UserAttention, task: number): Float64Array {
  const { fieldCount: F, taskCount: T } = tables.weights
  const { sums, table } = scores
  const { columns: C } = table
  const step = table.steps[task]
  if (poolScratch.length < F) poolScratch = new Float64Array(F)
  const pool = poolScratch
  let max = -Infinity
  for (let f = 0; f < F; f++) {
    pool[f] = (sums[f * C + task] / sums[f * C + 2 * T]) * step
    if (pool[f] > max) max = pool[f]
  }
  let total = 0
  for (let f = 0; f < F; f++) {
    pool[f] = Math.exp(pool[f] - max)
    total += pool[f]
  }
  for (let f = 0; f < F; f++) pool[f] /= total * sums[f * C + 2 * T]
  return pool
}
