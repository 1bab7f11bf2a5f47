/** Rows of numbers that grow by millions: one typed array a column, doubled when it is full. */
export class GrowingColumns {
  private readonly columns: Float64Array[]
  private count = 0

  constructor(width: number) {
    this.columns = Array.from({ length: width }, () => new Float64Array(1024))
  }

  get length(): number {
    return this.count
  }

  push(values: readonly number[]): void {
    if (this.count === this.columns[0].length) {
      this.columns.forEach((column, c) => {
        const wider = new Float64Array(2 * column.length)
        wider.set(column)
        this.columns[c] = wider
      })
    }
    values.forEach((value, c) => (this.columns[c][this.count] = value))
    this.count++
  }

  get(row: number, column: number): number {
    return this.columns[column][row]
  }

  set(row: number, column: number, value: number): void {
    this.columns[column][row] = value
  }

  /** Rows by ascending values of a column; rows of equal value keep their order. */
  orderBy(column: number): Uint32Array {
    const values = this.columns[column]
    return Uint32Array.from({ length: this.count }, (_, row) => row).sort((a, b) => values[a] - values[b] || a - b)
  }
}
