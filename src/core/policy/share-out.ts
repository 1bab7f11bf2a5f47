/**
 * Quotas from the slots that each option won, which sum to `count`. Where `kept` won fewer than `least`, it takes the rest
 * from the option that has most, one by one.
 */
export function shareOut(wins: readonly number[], count: number, least: number, kept: number): number[] {
  const quotas = [...wins]
  while (quotas[kept] < Math.min(least, count)) {
    const richest = quotas.reduce(
      (best, quota, i) => (i !== kept && (best === kept || quota > quotas[best]) ? i : best),
      kept,
    )
    quotas[richest]--
    quotas[kept]++
  }
  return quotas
}
