/**
 * Pearson's dispersion of blocks of counts (B, K) around their common distribution: chi-square over its degrees of
 * freedom, not below 1. Counts of correlated draws, such as moves of the same users, have more than 1.
 */
export function multinomialDispersion(blocks: readonly (readonly number[])[]): number {
  const used = blocks.filter((block) => sum(block) > 0)
  if (used.length < 2) return 1
  const totals = used[0].map((_, k) => sum(used.map((block) => block[k])))
  const all = sum(totals)
  let chiSquare = 0
  let categories = 0
  for (let k = 0; k < totals.length; k++) {
    if (totals[k] === 0) continue
    categories++
    for (const block of used) {
      const expected = (sum(block) * totals[k]) / all
      chiSquare += (block[k] - expected) ** 2 / expected
    }
  }
  const freedom = (used.length - 1) * (categories - 1)
  return freedom > 0 ? Math.max(1, chiSquare / freedom) : 1
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
