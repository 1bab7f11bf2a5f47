import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { parseTime } from '../dlq/parse-time.ts'
import { stateDifference, statesAt } from '../replay/state-at.ts'
import type { UserPast } from '../replay/user-past.ts'
import { whyOf } from '../replay/why.ts'
import type { ApiContext } from './api-context.ts'
import { ProblemError } from './problem.ts'
import { freshness, integer, list, maybeTime, object, text, time, whyMove } from './schemas.ts'
import { timeJson } from './state-json.ts'
import { userPartition } from './user-partition.ts'
import { differenceJson, moveJson } from './why-json.ts'

const params = object({
  id: { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength, description: 'User id' },
})
const moment = {
  ...text,
  maxLength: 40,
  description: 'Event time: ISO 8601 (UTC unless it names a zone), or unix ms',
} as const

/** What was true of a user, and why: replayed from the log, within api.maxReplayRecords. */
export function addHistoryRoutes(app: FastifyInstance, context: ApiContext): void {
  const { freshnessNow, problems } = context

  app.get<{ Params: { id: UserId }; Querystring: { from?: string; to?: string; limit: number } }>(
    '/v1/users/:id/why',
    {
      config: { right: 'read' },
      schema: {
        summary:
          'Why a user is where they are: each move with the events behind it, and what was believed before and after each',
        params,
        querystring: object(
          { from: moment, to: moment, limit: { ...integer, minimum: 1, maximum: 200, default: 20 } },
          ['from', 'to', 'limit'],
        ),
        response: {
          200: object({
            userId: text,
            moves: { ...list(whyMove), description: 'The newest first' },
            omitted: { ...integer, description: 'Earlier moves than the limit' },
            steps: { ...integer, description: 'Events and timers of the user' },
            since: {
              ...maybeTime,
              description: 'From then on the changes are told; null for all. The log has lost what earlier ones need',
            },
            freshness,
          }),
          ...problems(404, 410, 422),
        },
      },
    },
    async ({ params: { id }, query: { from, to, limit } }) => {
      const range = { fromMs: momentOf('from', from), toMs: momentOf('to', to, true) }
      requireRange(range.fromMs, range.toMs)
      const why = await replayed(context, id, (past) => whyOf(id, past, { ...range, limit }))
      const partition = await userPartition(context, id)
      const moves = why.moves.toReversed().map((move) => moveJson(move, partition))
      const { omitted, steps } = why
      const since = why.since === null ? null : timeJson(why.since)
      return { userId: id, moves, omitted, steps, since, freshness: freshnessNow() }
    },
  )

  app.get<{ Params: { id: UserId }; Querystring: { from: string; to: string } }>(
    '/v1/users/:id/diff',
    {
      config: { right: 'read' },
      schema: {
        summary: "The fields of a user's state that differ between two event times",
        params,
        querystring: object({ from: moment, to: moment }),
        response: {
          200: object({
            userId: text,
            from: time,
            to: time,
            fields: list(object({ field: text, from: {}, to: {} }, ['from', 'to'])),
            freshness,
          }),
          ...problems(404, 410, 422),
        },
      },
    },
    async ({ params: { id }, query }) => {
      const [from, to] = [momentOf('from', query.from)!, momentOf('to', query.to, true)!]
      requireRange(from, to)
      const [first, second] = await replayed(context, id, (past) => statesAt(id, past, [from, to]))
      const fields = stateDifference(first, second).map(differenceJson)
      return { userId: id, from: timeJson(from), to: timeJson(to), fields, freshness: freshnessNow() }
    },
  )
}

/** Runs a question on a user's past; a failure becomes the problem that it is. */
export async function replayed<Result>(
  context: ApiContext,
  id: UserId,
  use: (past: UserPast) => Promise<Result>,
): Promise<Result> {
  const partition = await userPartition(context, id)
  // An erasure may have been taken out of the log by now, tombstone and all.
  if (!(await context.view.stateOf(id))) context.trails.forget(id)
  try {
    return await context.trails.with(id, partition, use)
  } catch (error) {
    if (!(error instanceof LifecycleError) || error.retryable) throw error
    const status = { 'unknown-user': 404, 'no-history': 410, 'replay-too-long': 422 }[error.code as string]
    throw status === undefined ? error : new ProblemError(status, error.message)
  }
}

/** Unix ms; undefined where it is not given. Throws a problem. */
export function momentOf(name: string, value: string | undefined, end = false): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{9,15}$/.test(value)) return Number(value)
  try {
    return parseTime(name, end)(value)
  } catch {
    throw new ProblemError(400, `${name} is no time of ISO 8601 and no unix ms: ${JSON.stringify(value)}`)
  }
}

function requireRange(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from <= to) return
  throw new ProblemError(400, `The range ends before it begins: from ${timeJson(from)} to ${timeJson(to)}`)
}
