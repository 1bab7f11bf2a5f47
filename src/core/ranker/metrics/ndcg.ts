import { groupRows } from './group-rows.ts'

/**
 * Mean NDCG@k over the groups that have a positive, binary gains, logarithm to the base 2 (Jarvelin and Kekalainen,
 * TOIS 2002). Rows of equal score share the mean gain of their places. NaN when no group has a positive.
 */
export function ndcgAt(
  k: number,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: readonly string[],
): number {
  let sum = 0
  let counted = 0
  for (const rows of groupRows(groups).values()) {
    const positives = rows.reduce((count, row) => count + (labels[row] > 0.5 ? 1 : 0), 0)
    if (positives === 0) continue
    let ideal = 0
    for (let place = 0; place < Math.min(k, positives); place++) ideal += discount(place)
    sum += gainAt(k, rows, scores, labels) / ideal
    counted++
  }
  return counted > 0 ? sum / counted : Number.NaN
}

function gainAt(k: number, rows: readonly number[], scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const ranked = [...rows].sort((a, b) => scores[b] - scores[a])
  let gain = 0
  for (let from = 0; from < Math.min(k, ranked.length);) {
    let to = from
    let positives = 0
    do {
      if (labels[ranked[to++]] > 0.5) positives++
    } while (to < ranked.length && scores[ranked[to]] === scores[ranked[from]])
    for (let place = from; place < Math.min(to, k); place++) gain += (positives / (to - from)) * discount(place)
    from = to
  }
  return gain
}

function discount(place: number): number {
  return 1 / Math.log2(place + 2)
}
