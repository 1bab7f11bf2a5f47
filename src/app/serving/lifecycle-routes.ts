import type { FastifyInstance } from 'fastify'
import { STAGES } from '../../core/contracts/stage.ts'
import { MAX_COHORT_AGE } from '../../core/lifecycle/activity-counts.ts'
import { type Interval, INTERVALS } from '../../core/lifecycle/calendar-interval.ts'
import { DAY_MS } from '../../core/user-state/day-window.ts'
import type { ApiContext } from './api-context.ts'
import { dayRangeOf, type RangeQuery, rangeParameters } from './day-range.ts'
import {
  byStage,
  freshness,
  integer,
  list,
  maybeNumber,
  number,
  object,
  share,
  stageCounts,
  time,
  flag,
} from './schemas.ts'
import { timeJson } from './state-json.ts'
import {
  cohorts,
  firstDayKnown,
  lifecycleIntervals,
  stageDurations,
  transitionMatrix,
} from './view/lifecycle-report.ts'

/** Days of an interval, to turn a number of intervals into a range. */
const LENGTH_DAYS: Readonly<Record<Interval, number>> = { day: 1, week: 7, month: 30.5 }
/** Intervals of an answer when no range is asked for, and at most. */
const USUAL_INTERVALS = 30
const MAX_INTERVALS = 400

const interval = { type: 'string', enum: [...INTERVALS], default: 'day' } as const

/** The lifecycle of all users together. */
export function addLifecycleRoutes(app: FastifyInstance, { view, freshnessNow, problems }: ApiContext): void {
  const rangeOf = (query: RangeQuery & { readonly interval: Interval }) =>
    dayRangeOf(query, view.counts().asOf, firstDayKnown(view.table), {
      days: Math.round(USUAL_INTERVALS * LENGTH_DAYS[query.interval]),
      maxDays: Math.round(MAX_INTERVALS * LENGTH_DAYS[query.interval]),
    })
  const held = () => ({ table: view.table, counts: view.counts() })

  app.get<{ Querystring: RangeQuery & { interval: Interval } }>(
    '/v1/lifecycle',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Users by stage now, and growth accounting by interval',
        querystring: object({ interval, ...rangeParameters }, ['interval', 'from', 'to']),
        response: { 200: lifecycle, ...problems() },
      },
    },
    ({ query }) => {
      const { byStage: counts, dormant } = view.counts()
      const users = STAGES.reduce((sum, stage) => sum + counts[stage], 0)
      const stages = STAGES.map((stage) => [
        stage,
        { users: counts[stage], share: users === 0 ? 0 : counts[stage] / users },
      ])
      return {
        users,
        stages: Object.fromEntries(stages) as unknown,
        dormant,
        interval: query.interval,
        intervals: lifecycleIntervals(held(), query.interval, rangeOf(query)).map(({ startMs, endMs, ...rest }) => ({
          start: timeJson(startMs),
          end: timeJson(endMs),
          ...rest,
        })),
        freshness: freshnessNow(),
      }
    },
  )

  app.get<{ Querystring: RangeQuery }>(
    '/v1/transitions',
    {
      config: { right: 'read' },
      schema: {
        summary: 'How many users moved from stage to stage, went dormant and came back',
        querystring: object(rangeParameters, ['from', 'to']),
        response: { 200: transitions, ...problems() },
      },
    },
    ({ query }) => {
      const range = rangeOf({ ...query, interval: 'day' })
      return {
        from: timeJson(range.firstDay * DAY_MS),
        to: timeJson((range.lastDay + 1) * DAY_MS - 1),
        ...transitionMatrix(view.table, range),
        freshness: freshnessNow(),
      }
    },
  )

  app.get<{ Querystring: RangeQuery & { interval: Interval; periods: number } }>(
    '/v1/cohorts',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Retention by the interval of the first event',
        querystring: object(
          {
            interval,
            ...rangeParameters,
            periods: {
              ...integer,
              minimum: 1,
              maximum: MAX_COHORT_AGE,
              default: 12,
              description: 'Intervals followed',
            },
          },
          ['interval', 'from', 'to', 'periods'],
        ),
        response: { 200: cohortTable, ...problems() },
      },
    },
    ({ query }) => ({
      interval: query.interval,
      cohorts: cohorts(held(), query.interval, rangeOf(query), query.periods).map(({ startMs, ...rest }) => ({
        start: timeJson(startMs),
        ...rest,
      })),
      freshness: freshnessNow(),
    }),
  )

  app.get(
    '/v1/durations',
    {
      config: { right: 'read' },
      schema: {
        summary: 'How long users stay in each stage (Kaplan-Meier, in steps of six hours)',
        response: { 200: object({ stages: byStage(duration), freshness }), ...problems() },
      },
    },
    () => ({ stages: stageDurations(held()), freshness: freshnessNow() }),
  )
}

const lifecycle = object({
  users: integer,
  stages: byStage(object({ users: integer, share })),
  dormant: { ...integer, description: 'Users of any stage that are silent beyond their own gaps' },
  interval: { type: 'string', enum: [...INTERVALS] },
  intervals: list(
    object({
      start: time,
      end: time,
      complete: { ...flag, description: 'Whether event time has passed its end' },
      active: { ...integer, description: 'Users with an event: new, retained and returned ones' },
      new: { ...integer, description: 'First event ever' },
      retained: { ...integer, description: 'Active in the interval before too' },
      returned: { ...integer, description: 'Active earlier, but not in the interval before' },
      dormant: { ...integer, description: 'Active in the interval before, and not in this one' },
      quickRatio: { ...maybeNumber, description: '(new + returned) / dormant' },
      stages: { ...stageCounts, description: 'Users in each stage at its end' },
      dormantUsers: { ...integer, description: 'Users flagged dormant at its end' },
    }),
  ),
  freshness,
})

const transitions = object({
  from: time,
  to: time,
  total: integer,
  matrix: { ...byStage(stageCounts), description: 'Moves by evidence: from, then to' },
  dormant: { ...stageCounts, description: 'Went dormant, by their stage' },
  returned: { ...stageCounts, description: 'Came back, by their stage' },
  freshness,
})

const cohortTable = object({
  interval: { type: 'string', enum: [...INTERVALS] },
  cohorts: list(
    object({
      start: time,
      users: integer,
      active: { ...list(integer), description: 'Users with an event so many intervals after their first, from 0' },
    }),
  ),
  freshness,
})

const duration = object({
  spells: { ...integer, description: 'Stays that have ended' },
  ongoing: { ...integer, description: 'Users in the stage now' },
  medianDays: maybeNumber,
  survival: list(object({ days: number, share })),
})
