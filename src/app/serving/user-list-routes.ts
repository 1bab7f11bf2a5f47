import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { ACTIVITIES, type Activity, activityIn } from '../../core/lifecycle/activity-counts.ts'
import { type Interval, INTERVALS, intervalOf } from '../../core/lifecycle/calendar-interval.ts'
import type { ApiContext } from './api-context.ts'
import { parseDay } from './day-range.ts'
import { ProblemError } from './problem.ts'
import { flag, freshness, integer, list, object, stage, text, time } from './schemas.ts'
import { timeJson } from './state-json.ts'
import type { UserView } from './view/user-view.ts'

/** States looked through at a time: other requests come between. */
const SCAN_CHUNK = 200
/** States looked through by one request. A page may end before it is full; its cursor goes on there. */
const SCAN_LIMIT = 20_000

interface Query {
  readonly prefix: string
  readonly stage?: Stage
  readonly dormant?: boolean
  readonly interval?: Interval
  readonly start?: string
  readonly activity?: Activity
  readonly limit: number
  readonly cursor?: string
}

const querystring = object(
  {
    prefix: { ...text, maxLength: INTERACTION_LIMITS.idLength, default: '', description: 'Beginning of the user id' },
    stage,
    dormant: flag,
    interval: { type: 'string', enum: [...INTERVALS], description: 'With start and activity' },
    start: { ...text, maxLength: 40, description: 'A moment in the interval, ISO 8601' },
    activity: { type: 'string', enum: [...ACTIVITIES], description: 'What a user was in the interval' },
    limit: { ...integer, minimum: 1, maximum: 1000, default: 50 },
    cursor: { ...text, maxLength: 2 * INTERACTION_LIMITS.idLength, description: 'next of the page before' },
  },
  ['prefix', 'stage', 'dormant', 'interval', 'start', 'activity', 'limit', 'cursor'],
)

const users = object({
  users: list(object({ userId: text, stage, dormant: flag, returned: flag, since: time, eventTime: time })),
  next: { type: ['string', 'null'], description: 'cursor of the next page; null at the end' },
  freshness,
})

/** Users by what they are now, or were in an interval. */
export function addUserListRoutes(app: FastifyInstance, { view, freshnessNow, problems }: ApiContext): void {
  app.get<{ Querystring: Query }>(
    '/v1/users',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Users by stage, silence, or activity in an interval, in the order of their ids',
        querystring,
        response: { 200: users, ...problems() },
      },
    },
    async ({ query }) => {
      const matches = filterOf(query, view)
      const found: UserStateRecord[] = []
      let after = query.cursor === undefined ? null : decodeCursor(query.cursor)
      let next: UserId | null = null
      for (let scanned = 0; found.length < query.limit; scanned += SCAN_CHUNK) {
        const states = await view.statesAfter(query.prefix, after, SCAN_CHUNK)
        const fits = await matches(states)
        for (const [i, state] of states.entries()) {
          if (found.length === query.limit) break
          if (fits[i]) found.push(state)
          after = state.userId
        }
        const isEnd = states.length < SCAN_CHUNK && after === (states.at(-1)?.userId ?? after)
        next = isEnd ? null : after
        if (isEnd || scanned + SCAN_CHUNK >= SCAN_LIMIT) break
      }
      return {
        users: found.map(({ userId, stage: held, dormant, returned, since, eventTime }) => {
          return { userId, stage: held, dormant, returned, since: timeJson(since), eventTime: timeJson(eventTime) }
        }),
        next: next === null ? null : encodeCursor(next),
        freshness: freshnessNow(),
      }
    },
  )
}

type Filter = (states: readonly UserStateRecord[]) => Promise<readonly boolean[]>

function filterOf({ stage: wanted, dormant, interval, start, activity }: Query, view: UserView): Filter {
  const given = [interval, start, activity].filter((parameter) => parameter !== undefined)
  if (given.length !== 0 && given.length !== 3) {
    throw new ProblemError(400, 'interval, start and activity go together: all of them, or none')
  }
  const index = interval === undefined ? 0 : intervalOf(interval, parseDay('start', start!))
  return async (states) => {
    const days = interval === undefined ? null : await view.activeDaysOf(states.map(({ userId }) => userId))
    return states.map(
      (state, i) =>
        (wanted === undefined || state.stage === wanted) &&
        (dormant === undefined || state.dormant === dormant) &&
        (days === null || activityIn(days[i], interval!, index) === activity),
    )
  }
}

/** Opaque to clients, so that its form may change. */
function encodeCursor(userId: UserId): string {
  return Buffer.from(userId).toString('base64url')
}

function decodeCursor(cursor: string): UserId {
  if (!/^[\w-]+$/.test(cursor)) throw new ProblemError(400, 'cursor is not the next of an earlier page')
  return Buffer.from(cursor, 'base64url').toString() as UserId
}
