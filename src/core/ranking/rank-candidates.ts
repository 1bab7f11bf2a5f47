import type { FeatureMap } from '../contracts/interaction.ts'
import type { EventId, ItemId, Offset, UserId } from '../contracts/ids.ts'
import { STAGES } from '../contracts/stage.ts'
import type { TrainingExample } from '../contracts/training-example.ts'
import { fuseScores } from '../ranker/fuse-scores.ts'
import type { RankingFeatures } from '../user-state/ranking-features.ts'

export interface Candidate {
  readonly itemId: ItemId
  readonly itemFeatures?: FeatureMap
}

/** Candidates for one user at one time. */
export interface RankingRequest {
  readonly userId: UserId
  readonly candidates: readonly Candidate[]
  readonly context: FeatureMap
  readonly userFeatures: FeatureMap
  /** Of the impression, unix ms. */
  readonly timeMs: number
  /** What is known of the user then. */
  readonly features: RankingFeatures
  /** Fusion weights of the tasks, (T). */
  readonly weights: readonly number[]
}

export interface RankedCandidate {
  /** Place among the candidates as they were sent. */
  readonly index: number
  readonly itemId: ItemId
  /** Fused. */
  readonly score: number
  /** By task, (T). */
  readonly scores: Float32Array
}

/** To scores in [0,1], (B, T) row-major: Ranker.predict, or anything that takes its place. */
export type Predict = (examples: readonly TrainingExample[]) => Float32Array

/**
 * Ranks the candidates of each request, best first, all requests in one prediction. Equal scores keep the order in which
 * they were sent.
 */
export function rankCandidates(requests: readonly RankingRequest[], predict: Predict): RankedCandidate[][] {
  const scores = predict(requests.flatMap(candidateExamples)) // (B, T)
  let row = 0
  return requests.map(({ candidates, weights }) => {
    const T = weights.length
    const ranked = candidates.map(({ itemId }, index): RankedCandidate => {
      const own = scores.subarray(row * T, (row + 1) * T)
      row++
      return { index, itemId, score: fuseScores(own, weights), scores: own }
    })
    return ranked.sort((a, b) => b.score - a.score)
  })
}

/** The candidates of a request as examples without labels. */
export function candidateExamples(request: RankingRequest): TrainingExample[] {
  const { userId, candidates, context, userFeatures, timeMs, features } = request
  const { stageProbabilities, stateTokens, stateNumbers } = features
  const stage = STAGES[stageProbabilities.indexOf(Math.max(...stageProbabilities))]
  return candidates.map(({ itemId, itemFeatures = {} }) => ({
    exampleId: '' as EventId,
    userId,
    itemId,
    kind: 'final',
    weight: 1,
    impressionTime: timeMs,
    context,
    userFeatures,
    itemFeatures,
    stage,
    stageProbabilities,
    stateTokens,
    stateNumbers,
    tasks: [],
    bundleVersion: 0,
    source: { topic: '', partition: 0, offset: 0 as Offset },
  }))
}
