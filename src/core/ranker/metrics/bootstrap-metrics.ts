import { createSeededRandom } from '../../statistics/seeded-random.ts'
import { ascendingOrder } from './auc.ts'

/** Scored rows of one task, and the index of each row's group (a user), 0 .. groupCount - 1. */
export interface ResampledRows {
  readonly scores: ArrayLike<number>
  readonly labels: ArrayLike<number>
  readonly groups: Int32Array
  readonly groupCount: number
}

/** Values under each resample, (R). */
export interface BootstrapMetrics {
  readonly auc: Float64Array
  readonly logLoss: Float64Array
}

/** Scores are kept this far from 0 and 1, as in log-loss.ts. */
const CLIP = 1e-7

/**
 * AUC and log loss under R resamples of the groups with replacement: rows of one user are not independent, users are.
 * Resample r of a seed draws the same groups for every model, so differences between models are paired. NaN where a
 * resample lacks a class, or has no rows.
 */
export function bootstrapMetrics(rows: ResampledRows, resamples: number, seed: number): BootstrapMetrics {
  const { groupCount } = rows
  const sorted = sortRows(rows)
  const auc = new Float64Array(resamples)
  const logLoss = new Float64Array(resamples)
  const random = createSeededRandom(seed)
  const counts = new Float64Array(groupCount)
  for (let r = 0; r < resamples; r++) {
    counts.fill(0)
    for (let g = 0; g < groupCount; g++) counts[random.nextInt(groupCount)]++
    auc[r] = weightedAuc(sorted, counts)
    logLoss[r] = weightedLoss(sorted, counts)
  }
  return { auc, logLoss }
}

/** Rows by ascending score; ties are neighbours and share a number. Losses are summed per group. */
interface SortedRows {
  readonly groups: Int32Array
  readonly positive: Uint8Array
  /** 1 where the next row has another score, or there is none. */
  readonly endsTie: Uint8Array
  readonly groupLoss: Float64Array
  readonly groupRows: Float64Array
}

function sortRows({ scores, labels, groups, groupCount }: ResampledRows): SortedRows {
  const order = ascendingOrder(scores)
  const N = order.length
  const sorted = {
    groups: new Int32Array(N),
    positive: new Uint8Array(N),
    endsTie: new Uint8Array(N),
    groupLoss: new Float64Array(groupCount),
    groupRows: new Float64Array(groupCount),
  }
  order.forEach((row, at) => {
    const score = Math.min(1 - CLIP, Math.max(CLIP, scores[row]))
    sorted.groups[at] = groups[row]
    sorted.positive[at] = labels[row] > 0.5 ? 1 : 0
    sorted.endsTie[at] = at + 1 === N || scores[order[at + 1]] !== scores[row] ? 1 : 0
    sorted.groupLoss[groups[row]] -= labels[row] > 0.5 ? Math.log(score) : Math.log1p(-score)
    sorted.groupRows[groups[row]]++
  })
  return sorted
}

function weightedAuc({ groups, positive, endsTie }: SortedRows, counts: Float64Array): number {
  let positives = 0
  let negatives = 0
  let tiedPositives = 0
  let tiedNegatives = 0
  let wins = 0
  for (let at = 0; at < groups.length; at++) {
    if (positive[at]) tiedPositives += counts[groups[at]]
    else tiedNegatives += counts[groups[at]]
    if (!endsTie[at]) continue
    wins += tiedPositives * (negatives + tiedNegatives / 2)
    positives += tiedPositives
    negatives += tiedNegatives
    tiedPositives = 0
    tiedNegatives = 0
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : Number.NaN
}

function weightedLoss({ groupLoss, groupRows }: SortedRows, counts: Float64Array): number {
  let loss = 0
  let rows = 0
  for (let g = 0; g < counts.length; g++) {
    loss += counts[g] * groupLoss[g]
    rows += counts[g] * groupRows[g]
  }
  return rows > 0 ? loss / rows : Number.NaN
}
