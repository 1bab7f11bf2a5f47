import type { UserId } from '../contracts/ids.ts'
import type { FeatureMap } from '../contracts/interaction.ts'
import { stageProbabilities } from '../lifecycle/stage-probabilities.ts'
import { posteriorsAt } from '../user-state/posterior.ts'
import { type RankingFeatures, rankingFeatures } from '../user-state/ranking-features.ts'
import { stateNumbers, stateTokens } from '../user-state/state-features.ts'
import type { TrackerModel } from '../user-state/tracker-model.ts'
import type { UserState } from '../user-state/user-state.ts'
import { populationRates, type UserRate } from './posterior-weights.ts'

export interface LiveFeatures extends RankingFeatures {
  /** (T). */
  readonly rates: readonly UserRate[]
}

/**
 * What the tracker would freeze at an impression at `timeMs`, and the rates behind it, from the state itself rather than
 * from the published record. Null stands for a user who was never seen.
 */
export function liveFeatures(
  userId: UserId,
  state: UserState | null,
  timeMs: number,
  userFeatures: FeatureMap,
  model: TrackerModel,
): LiveFeatures {
  if (!state) {
    return { ...rankingFeatures(userId, null, timeMs, userFeatures, model), rates: populationRates(model.populations) }
  }
  const posteriors = posteriorsAt(state, timeMs, model)
  const probabilities = stageProbabilities(posteriors, model)
  const gapMs = state.frozen ? Math.max(0, timeMs - state.frozenTime) : -1
  return {
    known: true,
    stageProbabilities: probabilities,
    stateTokens: stateTokens(state, posteriors, timeMs, gapMs, model),
    stateNumbers: stateNumbers(state, posteriors, probabilities, timeMs, gapMs, model),
    rates: posteriors,
  }
}
