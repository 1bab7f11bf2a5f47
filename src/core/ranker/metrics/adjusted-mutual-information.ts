import { logGamma } from '../../statistics/log-gamma.ts'

/** Counts of two labelings of the same things, (R, C): row by the first, column by the second. */
export type Contingency = readonly (readonly number[])[]

/**
 * Adjusted mutual information with the arithmetic mean of the entropies (Vinh, Epps and Bailey, JMLR 2010): 1 for equal
 * partitions, 0 for what chance gives. NaN where both partitions have one part only, or there is nothing.
 */
export function adjustedMutualInformation(counts: Contingency): number {
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columns = (counts[0] ?? []).map((_, c) => counts.reduce((sum, row) => sum + row[c], 0))
  const total = rows.reduce((sum, count) => sum + count, 0)
  if (total === 0) return Number.NaN
  let information = 0
  counts.forEach((row, r) => {
    row.forEach((count, c) => {
      if (count > 0) information += (count / total) * Math.log((count * total) / (rows[r] * columns[c]))
    })
  })
  const expected = expectedInformation(rows, columns, total)
  const mean = (entropyOf(rows, total) + entropyOf(columns, total)) / 2
  // Neither partition tells anything apart: their agreement means nothing.
  return mean > 1e-12 ? (information - expected) / (mean - expected) : Number.NaN
}

function entropyOf(counts: readonly number[], total: number): number {
  return counts.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0)
}

/** Mean over all tables with these margins (hypergeometric). */
function expectedInformation(rows: readonly number[], columns: readonly number[], total: number): number {
  const logFactorial = (n: number) => logGamma(n + 1)
  let expected = 0
  for (const a of rows) {
    for (const b of columns) {
      const margins =
        logFactorial(a) + logFactorial(b) + logFactorial(total - a) + logFactorial(total - b) - logFactorial(total)
      for (let n = Math.max(1, a + b - total); n <= Math.min(a, b); n++) {
        const cell = logFactorial(n) + logFactorial(a - n) + logFactorial(b - n) + logFactorial(total - a - b + n)
        expected += (n / total) * Math.log((total * n) / (a * b)) * Math.exp(margins - cell)
      }
    }
  }
  return expected
}
