/** The distinct token rows of a batch and, for every place, which of them it holds. */
export interface DistinctTokens {
  /** (U), in the order of first appearance. */
  readonly rows: Int32Array
  /** (B, F) into `rows`. */
  readonly index: Int32Array
}

/** `tokens` (B, F) holds rows of a table of `tokenCount`. */
export function distinctTokens(tokens: Int32Array, tokenCount: number): DistinctTokens {
  const slots = new Int32Array(tokenCount).fill(-1)
  const rows = new Int32Array(Math.min(tokens.length, tokenCount))
  const index = new Int32Array(tokens.length)
  let count = 0
  for (let i = 0; i < tokens.length; i++) {
    const row = tokens[i]
    if (slots[row] < 0) {
      slots[row] = count
      rows[count++] = row
    }
    index[i] = slots[row]
  }
  return { rows: rows.slice(0, count), index }
}
