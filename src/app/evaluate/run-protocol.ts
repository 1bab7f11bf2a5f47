import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'

export const PROTOCOLS = ['split', 'prequential'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Rows that a protocol judges, with one score per task; scores run over the rows, [task]. */
export interface ScoredRows {
  readonly rows: readonly TrainingExample[]
  readonly scores: readonly Float64Array[]
  /** Scores with the state of every user frozen at their first row of the block; null where the model moves on. */
  readonly frozenScores: readonly Float64Array[] | null
}

/** Days of the split: train up to the end of the first, validate up to the end of the second, test after it. Unix ms. */
export interface SplitBounds {
  readonly trainEndMs: number
  readonly validEndMs: number
}

export type OnBatch = (examples: number) => void

/** Rows of the training days and of the test days; those in between are of neither. */
export function splitRows(
  examples: readonly TrainingExample[],
  { trainEndMs, validEndMs }: SplitBounds,
): { train: TrainingExample[]; test: TrainingExample[] } {
  return {
    train: examples.filter(({ impressionTime }) => impressionTime < trainEndMs),
    test: examples.filter(({ impressionTime }) => impressionTime >= validEndMs),
  }
}

/** One pass over the training days, then the test days with model frozen (live state, and frozen state beside it). */
export function runSplit(
  examples: readonly TrainingExample[],
  bounds: SplitBounds,
  settings: RankerSettings,
  onBatch: OnBatch,
): ScoredRows {
  const { train, test } = splitRows(examples, bounds)
  const ranker = new Ranker(settings)
  try {
    for (const batch of batches(train, settings.batchSize)) {
      ranker.testThenTrain(batch)
      onBatch(batch.length)
    }
    const score = (rows: readonly TrainingExample[]) =>
      byTask(
        batches(rows, settings.batchSize).map((batch) => {
          onBatch(batch.length)
          return ranker.predict(batch)
        }),
        settings.tasks.length,
      )
    return { rows: test, scores: score(test), frozenScores: score(withFrozenState(test)) }
  } finally {
    ranker.dispose()
  }
}

/** One pass in stream order, predict then train; the second half is judged. */
export function runPrequential(
  examples: readonly TrainingExample[],
  settings: RankerSettings,
  onBatch: OnBatch,
): ScoredRows {
  const ranker = new Ranker(settings)
  try {
    const parts = batches(examples, settings.batchSize).map((batch) => {
      onBatch(batch.length)
      return ranker.testThenTrain(batch).scores
    })
    const half = Math.floor(examples.length / 2)
    const scores = byTask(parts, settings.tasks.length).map((column) => column.subarray(half))
    return { rows: examples.slice(half), scores, frozenScores: null }
  } finally {
    ranker.dispose()
  }
}

/** Every row with the state of its user's first row, as if no label of the block had come in. */
function withFrozenState(rows: readonly TrainingExample[]): TrainingExample[] {
  const first = new Map<string, TrainingExample>()
  return rows.map((row) => {
    const state = first.get(row.userId)
    if (!state) {
      first.set(row.userId, row)
      return row
    }
    const { stage, stageProbabilities, stateTokens, stateNumbers, bundleVersion } = state
    return { ...row, stage, stageProbabilities, stateTokens, stateNumbers, bundleVersion }
  })
}

function batches<T>(rows: readonly T[], size: number): T[][] {
  const out: T[][] = []
  for (let from = 0; from < rows.length; from += size) out.push(rows.slice(from, from + size))
  return out
}

/** (B, T) blocks, row-major, to one column per task. */
function byTask(blocks: readonly Float32Array[], taskCount: number): Float64Array[] {
  const rows = blocks.reduce((sum, block) => sum + block.length / taskCount, 0)
  const columns = Array.from({ length: taskCount }, () => new Float64Array(rows))
  let row = 0
  for (const block of blocks) {
    for (let i = 0; i < block.length; i += taskCount, row++) {
      for (let k = 0; k < taskCount; k++) columns[k][row] = block[i + k]
    }
  }
  return columns
}
