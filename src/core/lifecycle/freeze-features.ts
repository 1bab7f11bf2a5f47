import type { FrozenFeatures } from '../user-state/frozen-features.ts'
import { posteriorsAt } from '../user-state/posterior.ts'
import { drawGamma, userHashOf } from '../user-state/posterior-records.ts'
import { stateNumbers, stateTokens } from '../user-state/state-features.ts'
import type { TrackerModel } from '../user-state/tracker-model.ts'
import type { UserState } from '../user-state/user-state.ts'
import type { AttentionCache, Extractor } from '../attention/extractor.ts'
import { mostProbable } from './stage-hysteresis.ts'
import { stageProbabilities } from './stage-probabilities.ts'

/**
 * Freezes a user's features at an impression, before it is folded in. They are a function of the evidence alone: the
 * stage is the most probable one and not the published one, whose hysteresis depends on when each outcome arrived.
 * `gapMs` is the time since the
 * impression before, -1 for a first one.
 */
export function freezeFeatures(
  state: UserState,
  timeMs: number,
  gapMs: number,
  eventHash: number,
  model: TrackerModel,
  extractor: Extractor | null,
  attention: AttentionCache,
): FrozenFeatures {
  const { seed } = model.settings
  const posteriors = posteriorsAt(state, timeMs, model)
  const tokens = stateTokens(state, posteriors, timeMs, gapMs, model)
  const predictions = extractor?.predict(attention, tokens)
  const probabilities = stageProbabilities(posteriors, model)
  const userHash = userHashOf(state.userId)
  return {
    stage: mostProbable(probabilities),
    stageProbabilities: probabilities,
    tokens,
    numbers: stateNumbers(state, posteriors, probabilities, timeMs, gapMs, model),
    tasks: posteriors.map((posterior, task) => {
      const key = { userHash, eventHash, task }
      return {
        alpha: Math.fround(posterior.alpha),
        beta: Math.fround(posterior.beta),
        effectiveSampleSize: Math.fround(posterior.effectiveSampleSize),
        gamma: drawGamma('posterior', posterior.alpha, posterior.beta, key, seed),
        algorithmGamma: drawGamma('algorithm', posterior.algorithmAlpha, posterior.algorithmBeta, key, seed),
        predicted: predictions ? predictions[task] : 0.5,
        trials: posterior.trials,
        successes: posterior.successes,
      }
    }),
    bundleVersion: model.bundleVersion,
  }
}
