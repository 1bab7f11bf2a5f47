import { decayWeight } from '../statistics/forward-decay.ts'
import { algorithmOne } from './algorithm-one.ts'
import { type OlderDays, sumOlderDays } from './day-window.ts'
import type { TrackerModel } from './tracker-model.ts'
import type { UserState } from './user-state.ts'

/** Beta posterior of one task of one user. */
export interface TaskPosterior {
  trials: number
  successes: number
  /** The configured mode's posterior. */
  alpha: number
  beta: number
  effectiveSampleSize: number
  /** Evidence in trials, without the prior; decayed in mode `calibrated`. */
  evidenceWeight: number
  /** Algorithm 1's posterior, kept in every mode for the STAN ranker. */
  algorithmAlpha: number
  algorithmBeta: number
}

const algorithm = { alpha: 1, beta: 1 }

/** Posteriors of all tasks (T) at a time, method.md section 4. */
export function posteriorsAt(state: UserState, timeMs: number, model: TrackerModel): TaskPosterior[] {
  const posteriors: TaskPosterior[] = []
  const older = (state.olderDays ??= sumOlderDays(state.buckets, model.populations.length))
  // Late events make the landmark newer than the time asked for; evidence never grows by being read.
  const decay = 1 / Math.max(1, decayWeight(timeMs, state.landmark, model.halfLifeMs))
  for (let task = 0; task < model.populations.length; task++) {
    posteriors.push(posteriorOf(state, older, task, decay, model))
  }
  return posteriors
}

function posteriorOf(
  state: UserState,
  older: OlderDays,
  task: number,
  decay: number,
  model: TrackerModel,
): TaskPosterior {
  const { mode, weight } = model.settings.posterior
  const newest = state.buckets.at(-1)
  const trials = older.trials[task] + (newest ? newest.trials[task] : 0)
  const successes = older.successes[task] + (newest ? newest.successes[task] : 0)
  if (weight === 'decayed') {
    const { successWeight, failureWeight } = state.algorithmEvidence[task]
    algorithm.alpha = 1 + decay * successWeight
    algorithm.beta = 1 + decay * failureWeight
  } else algorithmOne(older, newest, task, weight, algorithm)
  const { alpha: algorithmAlpha, beta: algorithmBeta } = algorithm

  if (mode === 'paper') {
    // Kish's size of the weights 1 .. n is 3 n (n + 1) / (2 (2 n + 1)).
    const effectiveSampleSize = weight === 'ordinal' ? (3 * trials * (trials + 1)) / (2 * (2 * trials + 1)) : trials
    return {
      trials,
      successes,
      alpha: algorithmAlpha,
      beta: algorithmBeta,
      effectiveSampleSize,
      evidenceWeight: trials,
      algorithmAlpha,
      algorithmBeta,
    }
  }
  const { successWeight, failureWeight, squaredWeight } = state.evidence[task]
  const weightSum = successWeight + failureWeight
  return {
    trials,
    successes,
    alpha: model.populations[task].priorAlpha + decay * successWeight,
    beta: model.populations[task].priorBeta + decay * failureWeight,
    effectiveSampleSize: squaredWeight > 0 ? (weightSum * weightSum) / squaredWeight : 0,
    evidenceWeight: decay * weightSum,
    algorithmAlpha,
    algorithmBeta,
  }
}
