/**
 * Example count at which the next bundle is due: every `every` examples, and at batchSize x 1, 2, 4, .. before the
 * first of them, since a tracker without a bundle knows neither medians nor quantiles. Counts, not clocks: the same
 * examples give the same bundles.
 */
export function nextBundleAt(exampleCount: number, batchSize: number, every: number): number {
  for (let early = batchSize; early < every; early *= 2) if (early > exampleCount) return early
  return (Math.floor(exampleCount / every) + 1) * every
}
