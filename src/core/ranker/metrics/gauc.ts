import { auc } from './auc.ts'
import { groupRows } from './group-rows.ts'

/**
 * Group AUC (Zhu et al., KDD 2017): the AUC inside each group that has both classes, weighted by the group's rows.
 * NaN when no group has both. Only fair when model and state are frozen over the rows, or a group's own labels leak.
 */
export function groupAuc(scores: ArrayLike<number>, labels: ArrayLike<number>, groups: readonly string[]): number {
  let weighted = 0
  let total = 0
  for (const rows of groupRows(groups).values()) {
    const inside = auc(
      rows.map((row) => scores[row]),
      rows.map((row) => labels[row]),
    )
    if (Number.isNaN(inside)) continue
    weighted += inside * rows.length
    total += rows.length
  }
  return total > 0 ? weighted / total : Number.NaN
}
