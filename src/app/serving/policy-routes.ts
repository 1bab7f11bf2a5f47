import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { CHANNEL_KEY, FUSION_KEY } from '../../core/policy/stage-policy.ts'
import { CHANNELS } from '../../core/policy/policy-settings.ts'
import type { ApiContext } from './api-context.ts'
import { requestTime } from './request-time.ts'
import { flag, freshness, integer, list, number, object, stage, text } from './schemas.ts'
import { timeJson } from './state-json.ts'

interface Body {
  readonly userId: UserId
  readonly count: number
  readonly time?: string
}

const id = { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength } as const
const byTask = { type: 'object', additionalProperties: number, description: 'By task' } as const

/** What a candidate generator asks: how many candidates of which channel, and by which weights to rank them. */
export function addPolicyRoutes(app: FastifyInstance, context: ApiContext): void {
  const { config, view, policy, freshnessNow, problems } = context
  const tasks = config.tasks.map(({ name }) => name)
  const named = (weights: readonly number[]) => Object.fromEntries(tasks.map((task, k) => [task, weights[k]]))

  app.post<{ Body: Body }>(
    '/v1/policy',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Quotas of candidates over channels and fusion weights for a user, by stage and what was learned',
        description:
          `Feedback comes back through interactions: an impression with \`${CHANNEL_KEY}\` in its context teaches the ` +
          `channel, one with \`${FUSION_KEY}\` the fusion. Asked again for the same time, the answer is the same until ` +
          'more has been learned.',
        body: object(
          {
            userId: id,
            count: { ...integer, minimum: 1, maximum: config.api.maxBatch, description: 'Candidates wanted' },
            time: { ...text, maxLength: 40, description: 'Of the request, ISO 8601; else that of the newest event' },
          },
          ['time'],
        ),
        response: { 200: decision, ...problems(413, 415) },
      },
    },
    async ({ body }) => {
      const { userId, count } = body
      const state = await view.stateOf(userId)
      const timeMs = requestTime(body.time, state, view.counts().asOf)
      const decided = policy.policy.decide(userId, state?.stage ?? 'new', count, timeMs)
      return {
        userId,
        known: state !== null,
        stage: decided.stage,
        time: timeJson(timeMs),
        quotas: decided.quotas,
        fusion: decided.fusion,
        rankWeights: named(decided.rankWeights),
        preRankWeights: named(decided.preRankWeights),
        posteriors: decided.posteriors,
        freshness: freshnessNow(),
      }
    },
  )
}

const decision = object({
  userId: text,
  known: { ...flag, description: 'Whether there is a state of the user; else the stage is new' },
  stage,
  time: text,
  quotas: {
    ...object(Object.fromEntries(CHANNELS.map((channel) => [channel, integer]))),
    description: 'They sum to count',
  },
  fusion: { ...text, description: `For the context of what is shown, key ${FUSION_KEY}` },
  rankWeights: byTask,
  preRankWeights: { ...byTask, description: 'By task: the mean of the fusions by their chance to be the best' },
  posteriors: list(
    object({
      option: { ...text, description: 'Channel or fusion' },
      task: text,
      alpha: number,
      beta: number,
      stageRate: { ...number, description: 'Over all channels, or fusions, of the stage: the mean of the prior' },
      ownEvidence: { ...number, description: 'Decayed trials of this user in it' },
    }),
  ),
  freshness,
})
