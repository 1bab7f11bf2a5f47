/**
 * Area under the ROC curve with mid-ranks (Mann-Whitney): ties between the classes count one half. `weights` count a
 * row so many times, for bootstrap resamples. NaN when a class is missing.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return aucInOrder(ascendingOrder(scores), scores, labels, weights)
}

/** Indices of the scores from the smallest to the largest; worth keeping when many resamples share it. */
export function ascendingOrder(scores: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i)
  return order.sort((a, b) => scores[a] - scores[b])
}

/** `auc` with the order of the scores already known. */
export function aucInOrder(
  order: Uint32Array,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  let positives = 0
  let negatives = 0
  let wins = 0
  for (let from = 0; from < order.length;) {
    const score = scores[order[from]]
    let tiedPositives = 0
    let tiedNegatives = 0
    let to = from
    do {
      const weight = weights ? weights[order[to]] : 1
      if (labels[order[to]] > 0.5) tiedPositives += weight
      else tiedNegatives += weight
      to++
    } while (to < order.length && scores[order[to]] === score)
    wins += tiedPositives * (negatives + tiedNegatives / 2)
    positives += tiedPositives
    negatives += tiedNegatives
    from = to
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : Number.NaN
}
