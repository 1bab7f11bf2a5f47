import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { statesAt } from '../replay/state-at.ts'
import { erasureRecord } from '../tracker/read-input.ts'
import type { ApiContext } from './api-context.ts'
import { momentOf, replayed } from './history-routes.ts'
import { ProblemError } from './problem.ts'
import { freshness, integer, object, position, text, transition, userState } from './schemas.ts'
import { stateJson, transitionJson } from './state-json.ts'
import { userPartition } from './user-partition.ts'

const userId = { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength, description: 'User id' } as const
const params = object({ id: userId })
const embedding = { type: 'boolean', default: false, description: 'Whether to send the state embedding' } as const

const at = {
  ...text,
  maxLength: 40,
  description: 'As it was at this event time: ISO 8601 (UTC unless it names a zone), or unix ms; replayed from the log',
} as const

/** States and timelines of users, and their erasure. */
export function addUserRoutes(app: FastifyInstance, context: ApiContext): void {
  const { view, freshnessNow, problems } = context

  app.get<{ Params: { id: UserId }; Querystring: { embedding: boolean; at?: string } }>(
    '/v1/users/:id/state',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Latest state of a user, or the one at an event time',
        params,
        querystring: object({ embedding, at }, ['embedding', 'at']),
        response: { 200: object({ state: userState, freshness }), ...problems(404, 410, 422) },
      },
    },
    async ({ params: { id }, query }) => {
      const atMs = momentOf('at', query.at)
      const state =
        atMs === undefined
          ? await view.stateOf(id)
          : (await replayed(context, id, (past) => statesAt(id, past, [atMs])))[0]
      if (!state) throw unknownUser(id)
      return { state: stateJson(state, query.embedding), freshness: freshnessNow() }
    },
  )

  app.post<{ Body: { userIds: UserId[]; embedding: boolean } }>(
    '/v1/states',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Latest states of many users, in the order asked for; null for a user of whom nothing is known',
        body: object(
          { userIds: { type: 'array', items: userId, minItems: 1, maxItems: context.config.api.maxBatch }, embedding },
          ['embedding'],
        ),
        response: {
          200: object({ states: { type: 'array', items: { anyOf: [userState, { type: 'null' }] } }, freshness }),
          ...problems(),
        },
      },
    },
    async ({ body: { userIds, embedding: withEmbedding } }) => {
      const states = await view.statesOf(userIds)
      return { states: states.map((state) => state && stateJson(state, withEmbedding)), freshness: freshnessNow() }
    },
  )

  app.get<{ Params: { id: UserId }; Querystring: { limit: number } }>(
    '/v1/users/:id/timeline',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Stage transitions of a user with their evidence, the newest first',
        params,
        querystring: object({ limit: { ...integer, minimum: 1, maximum: 1000, default: 100 } }, ['limit']),
        response: {
          200: object({ userId: text, transitions: { type: 'array', items: transition }, freshness }),
          ...problems(404),
        },
      },
    },
    async ({ params: { id }, query: { limit } }) => {
      const [state, transitions] = await Promise.all([view.stateOf(id), view.transitionsOf(id, limit)])
      if (!state && transitions.length === 0) throw unknownUser(id)
      return { userId: id, transitions: transitions.map(transitionJson), freshness: freshnessNow() }
    },
  )

  app.delete<{ Params: { id: UserId } }>(
    '/v1/users/:id',
    {
      config: { right: 'admin' },
      schema: {
        summary: 'Erase a user: state, pending impressions, embedding row and timeline go when the tracker comes to it',
        params,
        response: { 202: object({ userId: text, position }), ...problems() },
      },
    },
    async ({ params: { id } }, reply) => {
      const partition = await userPartition(context, id)
      const [offset] = await context.log.append([erasureRecord(partition, id, context.nowMs())])
      reply.code(202)
      return { userId: id, position: { partition, offset } }
    },
  )
}

function unknownUser(id: string): ProblemError {
  return new ProblemError(404, `Nothing is known of user ${id}`)
}
