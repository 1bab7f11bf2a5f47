import { ascendingOrder } from './auc.ts'

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Smallest and largest score in it. */
  readonly lower: number
  readonly upper: number
  /** Mean score, and share of positives. */
  readonly score: number
  readonly rate: number
  readonly count: number
}

/** Bins of equal mass, by ascending scores; fewer where there are fewer rows. */
export function reliability(scores: ArrayLike<number>, labels: ArrayLike<number>, bins: number): ReliabilityBin[] {
  const order = ascendingOrder(scores)
  const rows = order.length
  const used = Math.min(bins, rows)
  return Array.from({ length: used }, (_, bin) => {
    const from = Math.floor((bin * rows) / used)
    const to = Math.floor(((bin + 1) * rows) / used)
    let predicted = 0
    let observed = 0
    for (let at = from; at < to; at++) {
      predicted += scores[order[at]]
      observed += labels[order[at]]
    }
    const count = to - from
    return {
      lower: scores[order[from]],
      upper: scores[order[to - 1]],
      score: predicted / count,
      rate: observed / count,
      count,
    }
  })
}
