import type { FeatureMap } from '../contracts/interaction.ts'
import type { UserId } from '../contracts/ids.ts'
import type { UserStateRecord } from '../contracts/user-state-record.ts'
import { attributeToken } from './attribute-token.ts'
import { posteriorsAt } from './posterior.ts'
import { recencyAndTenure, stateNumbers, stateTokens } from './state-features.ts'
import type { TrackerModel } from './tracker-model.ts'
import { emptyUserState } from './user-state.ts'

/** What the ranker reads of a user. */
export interface RankingFeatures {
  /** Whether a published state was used; else they are those of somebody who was never seen. */
  readonly known: boolean
  readonly stageProbabilities: readonly number[]
  /** (F) and (Z), as in a training example. */
  readonly stateTokens: Int32Array
  readonly stateNumbers: Float32Array
}

const NEW_USER = [1, 0, 0, 0]

/**
 * Features of an impression at `timeMs` from the published state: what the tracker would freeze then, but that the
 * evidence has the weight it had at the user's latest event. A state of another layout of the fields counts as none.
 */
export function rankingFeatures(
  userId: UserId,
  record: UserStateRecord | null,
  timeMs: number,
  userFeatures: FeatureMap,
  model: TrackerModel,
): RankingFeatures {
  const { attributes, tasks } = model.settings
  const T = tasks.length
  const { names, stateFieldCount } = model.layout
  const known = record?.stateTokens.length === names.length
  const features = known ? copyOf(record) : featuresOfNobody(userId, timeMs, model)
  const { stateTokens: tokens, stateNumbers: numbers } = features
  if (known) {
    const { lastImpressionTime, firstEventTime } = record
    const gapMs = lastImpressionTime > 0 ? Math.max(0, timeMs - lastImpressionTime) : -1
    const later = recencyAndTenure(gapMs, Math.max(0, timeMs - firstEventTime))
    tokens[T + 1] = later.recencyToken
    tokens[T + 3] = later.tenureToken
    numbers[T + 2] = later.recencyNumber
    numbers[T + 3] = later.tenureNumber
  }
  attributes.forEach(({ name, buckets }, a) => {
    const value = userFeatures[name]
    if (value !== undefined) tokens[stateFieldCount + a] = attributeToken(value, a, buckets)
  })
  return { known, ...features }
}

function copyOf({ stateTokens: tokens, stateNumbers: numbers, stageProbabilities }: UserStateRecord) {
  return { stageProbabilities, stateTokens: tokens.slice(), stateNumbers: numbers.slice() }
}

function featuresOfNobody(userId: UserId, timeMs: number, model: TrackerModel) {
  const { tasks, attributes } = model.settings
  const state = emptyUserState(userId, timeMs, tasks.length, attributes.length)
  for (const _ of tasks) state.algorithmEvidence.push({ successWeight: 0, failureWeight: 0, squaredWeight: 0 })
  const posteriors = posteriorsAt(state, timeMs, model)
  return {
    stageProbabilities: NEW_USER,
    stateTokens: stateTokens(state, posteriors, timeMs, -1, model),
    stateNumbers: stateNumbers(state, posteriors, NEW_USER, timeMs, -1, model),
  }
}
