import { COUNT_BOUNDS, EVIDENCE_BOUNDS, RATE_BOUNDS, RECENCY_BOUNDS, TENURE_BOUNDS } from './field-layout.ts'
import { DAY_MS } from './day-window.ts'
import type { TaskPosterior } from './posterior.ts'
import type { TrackerModel } from './tracker-model.ts'
import type { UserState } from './user-state.ts'

const MINUTE_MS = 60_000

/** Tokens of the user's fields (F) at a time. `gapMs` is the time since the impression before, -1 for a first one. */
export function stateTokens(
  state: UserState,
  posteriors: readonly TaskPosterior[],
  timeMs: number,
  gapMs: number,
  model: TrackerModel,
): Int32Array {
  const tokens = new Int32Array(model.layout.names.length)
  let f = 0
  posteriors.forEach((posterior, task) => {
    const { priorAlpha, priorBeta } = model.populations[task]
    // The log-odds against the population: the same token means the same thing for a common and for a rare task.
    const lift = Math.log((posterior.alpha * priorBeta) / (posterior.beta * priorAlpha))
    tokens[f++] = posterior.evidenceWeight > 0 ? 1 + bucketOf(RATE_BOUNDS, lift) : 0
  })
  const click = posteriors[model.stageTasks[0]]
  tokens[f++] = bucketOf(EVIDENCE_BOUNDS, click.evidenceWeight)
  const { recencyToken, tenureToken } = recencyAndTenure(gapMs, timeMs - state.firstEventTime)
  tokens[f++] = recencyToken
  tokens[f++] = bucketOf(COUNT_BOUNDS, click.trials)
  tokens[f++] = tenureToken
  for (const token of state.attributeTokens) tokens[f++] = token
  return tokens
}

/** Length of stateNumbers for T tasks. */
export function stateNumberCount(taskCount: number): number {
  return taskCount + 8
}

/**
 * Numeric state (Z): posterior log-odds of each task (T), then ln(1 + x) of the effective sample size, the trials in the
 * window, the hours since the impression before and the days since the first, then the four stage probabilities.
 */
export function stateNumbers(
  state: UserState,
  posteriors: readonly TaskPosterior[],
  stageProbabilities: readonly number[],
  timeMs: number,
  gapMs: number,
  model: TrackerModel,
): Float32Array {
  const numbers = new Float32Array(stateNumberCount(posteriors.length))
  let z = 0
  for (const { alpha, beta } of posteriors) numbers[z++] = Math.log(alpha / beta)
  const click = posteriors[model.stageTasks[0]]
  numbers[z++] = Math.log1p(click.effectiveSampleSize)
  numbers[z++] = Math.log1p(click.trials)
  const { recencyNumber, tenureNumber } = recencyAndTenure(gapMs, timeMs - state.firstEventTime)
  numbers[z++] = recencyNumber
  numbers[z++] = tenureNumber
  for (const probability of stageProbabilities) numbers[z++] = probability
  return numbers
}

/** Tokens and numbers that move by the clock alone. `gapMs` is -1 for a first impression. */
export function recencyAndTenure(gapMs: number, tenureMs: number) {
  return {
    recencyToken: gapMs < 0 ? 0 : 1 + bucketOf(RECENCY_BOUNDS, gapMs / MINUTE_MS),
    tenureToken: bucketOf(TENURE_BOUNDS, tenureMs / DAY_MS),
    recencyNumber: Math.log1p(Math.max(0, gapMs) / (60 * MINUTE_MS)),
    tenureNumber: Math.log1p(Math.max(0, tenureMs) / DAY_MS),
  }
}

/** Number of bounds at or below the value. */
function bucketOf(bounds: readonly number[], value: number): number {
  let bucket = 0
  while (bucket < bounds.length && value >= bounds[bucket]) bucket++
  return bucket
}
