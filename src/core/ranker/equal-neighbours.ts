/** Rows of a matrix without those that repeat the row before. */
export interface EqualNeighbours {
  /** The first row of each run of equal rows, (N, F). */
  readonly first: Int32Array
  /** The run of each row, (B). */
  readonly of: Int32Array
}

/** `rows` is (B, F), row-major. */
export function equalNeighbours(rows: Int32Array, F: number): EqualNeighbours {
  const B = rows.length / F
  const first = new Int32Array(rows.length)
  const of = new Int32Array(B)
  let runs = 0
  for (let b = 0; b < B; b++) {
    if (b === 0 || !repeats(rows, b, F)) {
      first.set(rows.subarray(b * F, (b + 1) * F), runs * F)
      runs++
    }
    of[b] = runs - 1
  }
  return { first: first.subarray(0, runs * F), of }
}

function repeats(rows: Int32Array, b: number, F: number): boolean {
  for (let i = b * F; i < (b + 1) * F; i++) if (rows[i] !== rows[i - F]) return false
  return true
}
