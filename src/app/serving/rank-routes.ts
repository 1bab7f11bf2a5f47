import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import type { FeatureMap } from '../../core/contracts/interaction.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { type Stage, STAGES } from '../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { TaskGates } from '../../core/ranker/task-gates.ts'
import { FUSIONS, populationRates, posteriorWeights } from '../../core/ranking/posterior-weights.ts'
import {
  type Candidate,
  candidateExamples,
  rankCandidates,
  type RankingRequest,
} from '../../core/ranking/rank-candidates.ts'
import { type RankingFeatures, rankingFeatures } from '../../core/user-state/ranking-features.ts'
import { fusionWeights } from '../config/ranking-config.ts'
import type { ApiContext } from './api-context.ts'
import { ProblemError } from './problem.ts'
import { requestTime } from './request-time.ts'
import { byStage, features, flag, freshness, integer, list, maybeTime, number, object, stage, text } from './schemas.ts'
import { timeJson } from './state-json.ts'

interface Body {
  readonly userId: UserId
  readonly candidates: readonly Candidate[]
  readonly context?: FeatureMap
  readonly userFeatures?: FeatureMap
  readonly time?: string
  readonly explain: boolean
}

const id = { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength } as const
const byTask = { type: 'object', additionalProperties: number, description: 'By task' } as const

/** Ranking by the newest model and the user's state. */
export function addRankRoutes(app: FastifyInstance, context: ApiContext): void {
  const { config, view, model, freshnessNow, problems } = context
  const tasks = config.tasks.map(({ name }) => name)

  app.post<{ Body: Body }>(
    '/v1/rank',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Candidates for a user, best first, with the probability of each task',
        body: object(
          {
            userId: id,
            candidates: {
              type: 'array',
              items: object({ itemId: id, itemFeatures: features }, ['itemFeatures']),
              minItems: 1,
              maxItems: config.api.maxBatch,
            },
            context: features,
            userFeatures: features,
            time: { ...text, maxLength: 40, description: 'Of the impression, ISO 8601; else that of the newest event' },
            explain: { ...flag, default: false },
          },
          ['context', 'userFeatures', 'time', 'explain'],
        ),
        response: { 200: ranking, ...problems(413, 415) },
      },
    },
    async ({ body }) => {
      const version = model.serving.version
      if (!version) {
        throw new ProblemError(503, 'There is no model yet: the ranker has not published a checkpoint', {}, RETRY)
      }
      const { userId, candidates, context: of = {}, userFeatures = {}, explain } = body
      const state = await view.stateOf(userId)
      const timeMs = requestTime(body.time, state, view.counts().asOf)
      const read = rankingFeatures(userId, state, timeMs, userFeatures, model.trackerModel())
      const held = state?.stage ?? 'new'
      const weights = weightsFor(state, read.known, held)
      const request: RankingRequest = { userId, candidates, context: of, userFeatures, timeMs, features: read, weights }
      const [ranked] = rankCandidates([request], (examples) => model.serving.predict(examples))
      const gates = explain ? model.serving.explain(candidateExamples(request)) : null
      const scored = ranked.map(({ index, itemId, score, scores }) => ({
        itemId,
        score,
        scores: named(tasks, scores),
        ...(gates && { gates: gatesJson(tasks, gates[index]) }),
      }))
      return {
        userId,
        known: read.known,
        stage: held,
        modelVersion: version.version,
        asOf: state ? timeJson(state.eventTime) : null,
        order: scored.map(({ itemId }) => itemId),
        candidates: scored,
        ...(explain && { explanation: explanationOf(read, named(tasks, weights), timeMs) }),
        freshness: freshnessNow(),
      }
    },
  )

  /** Fusion `posterior` reads the published posteriors; somebody without a state has the population's. */
  const weightsFor = (state: UserStateRecord | null, known: boolean, held: Stage): number[] => {
    const weights = fusionWeights(config.ranking, held, tasks)
    if (config.ranking.fusion === 'geometric') return weights
    const { populations } = model.trackerModel()
    const rates = state && known ? state.tasks : populationRates(populations)
    return posteriorWeights(weights, rates, populations, config.ranking.posteriorStrength)
  }

  const explanationOf = (
    { stageProbabilities, stateTokens, stateNumbers }: RankingFeatures,
    weights: Readonly<Record<string, number>>,
    timeMs: number,
  ) => ({
    weights,
    fusion: config.ranking.fusion,
    time: timeJson(timeMs),
    modelEventTime: timeJson(model.serving.version!.eventTime),
    stageProbabilities: Object.fromEntries(STAGES.map((name, s) => [name, stageProbabilities[s]])),
    stateTokens: named(model.trackerModel().layout.names, stateTokens),
    stateNumbers: Array.from(stateNumbers),
  })
}

const RETRY = { 'retry-after': '5' }

function named(names: readonly string[], values: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]))
}

const gatesByTask = {
  type: 'object',
  additionalProperties: object(
    {
      experts: { type: 'object', additionalProperties: number, description: 'Share of each expert; they sum to 1' },
      units: object({ mean: number, lowest: number, highest: number }),
    },
    ['units'],
  ),
  description:
    'By task, with explain, for modes that have gates: experts mixed, and (stan-gated) what the gates of the state ' +
    'multiply the units of the tower by, 0 to 2',
} as const

function gatesJson(tasks: readonly string[], gates: readonly TaskGates[]) {
  return Object.fromEntries(
    gates.map(({ experts, units }, k) => [
      tasks[k],
      {
        experts: Object.fromEntries(experts.map(({ expert, weight }) => [expert, weight])),
        ...(units && { units }),
      },
    ]),
  )
}

const ranking = object(
  {
    userId: text,
    known: { ...flag, description: 'Whether a state of the user was used' },
    stage,
    modelVersion: integer,
    asOf: { ...maybeTime, description: 'Event time of the state' },
    order: list(text),
    candidates: list(
      object({ itemId: text, score: { ...number, description: 'Fused' }, scores: byTask, gates: gatesByTask }, [
        'gates',
      ]),
    ),
    explanation: object({
      weights: { ...byTask, description: 'By task, as they were used' },
      fusion: { type: 'string', enum: [...FUSIONS] },
      time: text,
      modelEventTime: text,
      stageProbabilities: byStage(number),
      stateTokens: { type: 'object', additionalProperties: integer, description: 'By field of the extractor' },
      stateNumbers: list(number),
    }),
    freshness,
  },
  ['explanation'],
)
