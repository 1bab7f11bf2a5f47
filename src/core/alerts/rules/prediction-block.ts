import type { Prediction } from '../../contracts/prediction.ts'

/** Scores fall into so many bins of equal width. */
const BINS = 20

/** Sums over the predictions of one task in one block. Plain JSON. */
export interface PredictionBlock {
  examples: number
  lossSum: number
  /** By bin: predictions, sum of scores, positives. */
  readonly bins: [count: number, scores: number, positives: number][]
}

export function emptyBlock(): PredictionBlock {
  return { examples: 0, lossSum: 0, bins: Array.from({ length: BINS }, () => [0, 0, 0]) }
}

/** Adds a prediction of each task to its block, and hands the blocks that are full over, emptied in `blocks`. */
export function addPrediction(
  blocks: Record<string, PredictionBlock>,
  prediction: Prediction,
  size: number,
): { readonly task: string; readonly block: PredictionBlock }[] {
  const full: { readonly task: string; readonly block: PredictionBlock }[] = []
  for (const { task, trial, score, label } of prediction.tasks) {
    if (!trial || Number.isNaN(label)) continue
    const block = (blocks[task] ??= emptyBlock())
    const bin = block.bins[Math.min(BINS - 1, Math.floor(score * BINS))]
    bin[0]++
    bin[1] += score
    bin[2] += label
    block.examples++
    block.lossSum += lossOf(score, label)
    if (block.examples < size) continue
    full.push({ task, block })
    delete blocks[task]
  }
  return full
}

/** Expected calibration error: distance of mean score and rate of positives per bin, weighted by the bin's predictions. */
export function calibrationErrorOf({ bins, examples }: PredictionBlock): number {
  return bins.reduce((sum, [, scores, positives]) => sum + Math.abs(scores - positives), 0) / examples
}

/** What the error would be by chance alone if every bin were calibrated: E|N(0, s)| = s sqrt(2 / pi), bin by bin. */
export function calibrationNoiseOf({ bins, examples }: PredictionBlock): number {
  const sum = bins.reduce((total, [count, scores]) => {
    const score = count > 0 ? scores / count : 0
    return total + Math.sqrt((2 / Math.PI) * count * score * (1 - score))
  }, 0)
  return sum / examples
}

function lossOf(score: number, label: number): number {
  const clipped = Math.min(1 - 1e-7, Math.max(1e-7, score))
  return -(label * Math.log(clipped) + (1 - label) * Math.log(1 - clipped))
}
