import type { ExtractorTables, RowTable } from './extractor-tables.ts'

/**
 * Pair weights times the rows of a table, summed over fields, for the tokens that a user has in each field. Exact, so
 * taking a token out and putting another in gives the bits of adding up anew.
 */
export interface FieldSums {
  readonly table: RowTable
  /** Row of each field's token in the tables, (F). */
  readonly rows: Int32Array
  /** (F, C) */
  readonly sums: Float64Array
}

export function startSums(tables: ExtractorTables, table: RowTable, rows: Int32Array): FieldSums {
  const held = { table, rows: rows.slice(), sums: new Float64Array(rows.length * table.columns) }
  for (let f = 0; f < rows.length; f++) sumField(tables, held, f)
  return held
}

/**
 * Moves the sums to new rows (F). Each changed field is exchanged in the sum of every other field and gets its own anew,
 * O(F C) each; the rest is not touched. Returns how many fields changed.
 */
export function moveSums(tables: ExtractorTables, held: FieldSums, nextRows: Int32Array): number {
  const { rows, sums, table } = held
  const { pairWeights, weights } = tables
  const { rows: entries, columns: C } = table
  const F = rows.length
  const V = weights.tokenOffsets[F]
  let changed = 0
  for (let f = 0; f < F; f++) {
    const next = nextRows[f]
    const old = rows[f]
    if (next === old) continue
    changed++
    const nextAt = next * C
    const oldAt = old * C
    for (let g = 0; g < F; g++) {
      if (g === f) continue
      const at = g * C
      const outWeight = pairWeights[rows[g] * V + old]
      const inWeight = pairWeights[rows[g] * V + next]
      for (let c = 0; c < C; c++) sums[at + c] += inWeight * entries[nextAt + c] - outWeight * entries[oldAt + c]
    }
    rows[f] = next
    sumField(tables, held, f)
  }
  return changed
}

function sumField({ pairWeights, weights }: ExtractorTables, { rows, sums, table }: FieldSums, field: number): void {
  const { rows: entries, columns: C } = table
  const F = rows.length
  const V = weights.tokenOffsets[F]
  const at = field * C
  sums.fill(0, at, at + C)
  for (let g = 0; g < F; g++) {
    const weight = pairWeights[rows[field] * V + rows[g]]
    const from = rows[g] * C
    for (let c = 0; c < C; c++) sums[at + c] += weight * entries[from + c]
  }
}
