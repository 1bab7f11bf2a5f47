import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { UserView } from '../../../src/app/serving/view/user-view.ts'
import {
  cohorts,
  lifecycleIntervals,
  stageDurations,
  transitionMatrix,
} from '../../../src/app/serving/view/lifecycle-report.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { STAGES, type Stage } from '../../../src/core/contracts/stage.ts'
import type { StageTransition } from '../../../src/core/contracts/stage-transition.ts'
import { activityIn } from '../../../src/core/lifecycle/activity-counts.ts'
import { INTERVALS, intervalOf } from '../../../src/core/lifecycle/calendar-interval.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const DAY_MS = 86_400_000
const events = simulatedInteractions(9000, 60)
const config = smallConfig({ partitions: 2, sliceSize: 256 })
const erased = events[10].userId

let fixture: ApiFixture
/** By user, without the one that was erased. */
const activeDays = new Map<UserId, number[]>()
const transitions: StageTransition[] = []

beforeAll(async () => {
  await chooseBackend('wasm')
  fixture = await openApiFixture(config, { ranker: true })
  for (let from = 0; from < events.length; from += 1500) await fixture.track(events.slice(from, from + 1500))
  await fixture.world.log.append([erasureRecord(partitionOf(erased, 2), erased, events.at(-1)!.eventTime)])
  await fixture.settle()

  for (const { userId, eventTime, type } of events) {
    if (userId === erased || type !== 'impression') continue
    const days = activeDays.get(userId) ?? []
    activeDays.set(
      userId,
      [...new Set([...days, Math.floor(eventTime / DAY_MS)])].sort((a, b) => a - b),
    )
  }
  for await (const { value } of readTopic(fixture.world.log, TOPICS.stageTransitions)) {
    const transition = value && fixture.world.codecs.stageTransition.decodeOwn(value)
    if (transition && transition.userId !== erased) transitions.push(transition)
  }
})
afterAll(() => fixture.close())

const firstDay = Math.floor(events[0].eventTime / DAY_MS)
const lastDay = Math.floor(events.at(-1)!.eventTime / DAY_MS)
const all = { firstDay, lastDay }
const held = () => ({ table: fixture.view.table, counts: fixture.view.counts() })

/** Stages at the end of a day, from the transitions. */
function stagesAfter(day: number): Record<Stage, number> {
  const counts = { new: 0, wander: 0, stick: 0, loyal: 0 }
  for (const [userId, days] of activeDays) {
    if (days[0] > day) continue
    const moves = transitions.filter(
      (move) => move.userId === userId && move.reason === 'evidence' && move.eventTime < (day + 1) * DAY_MS,
    )
    counts[moves.toSorted((a, b) => a.eventTime - b.eventTime).at(-1)?.to ?? 'new']++
  }
  return counts
}

describe('the view counts', () => {
  test('enough for the test to say something', () => {
    expect(lastDay - firstDay).toBeGreaterThan(5)
    expect(transitions.filter(({ reason }) => reason === 'evidence').length).toBeGreaterThan(40)
    expect(transitions.filter(({ reason }) => reason === 'dormant').length).toBeGreaterThan(5)
  })

  test.each(INTERVALS)('growth by %s as the interactions have it', (interval) => {
    for (const row of lifecycleIntervals(held(), interval, all)) {
      const index = intervalOf(interval, row.startMs / DAY_MS)
      const of = (activity: string): number =>
        [...activeDays.values()].filter((days) => activityIn(days, interval, index) === activity).length
      expect(row).toMatchObject({
        new: of('new'),
        retained: of('retained'),
        returned: of('returned'),
        dormant: of('dormant'),
      })
    }
  })

  test('stages and dormant users at the end of each day as the transitions have them', () => {
    const rows = lifecycleIntervals(held(), 'day', all)
    expect(rows).toHaveLength(lastDay - firstDay + 1)
    for (const { startMs, stages, dormantUsers } of rows) {
      const day = startMs / DAY_MS
      expect(stages).toEqual(stagesAfter(day))
      const flags = transitions.filter(({ eventTime }) => eventTime < (day + 1) * DAY_MS)
      const went = flags.filter(({ reason }) => reason === 'dormant').length
      const back = flags.filter(({ reason }) => reason === 'returned').length
      expect(dormantUsers).toBe(went - back)
    }
    expect(rows.at(-1)!.stages).toEqual(fixture.view.counts().byStage)
  })

  test('moves of a range of days', () => {
    const range = { firstDay: firstDay + 1, lastDay: firstDay + 3 }
    const within = transitions.filter(
      ({ eventTime }) => eventTime >= range.firstDay * DAY_MS && eventTime < (range.lastDay + 1) * DAY_MS,
    )
    const { matrix, total, dormant, returned } = transitionMatrix(fixture.view.table, range)
    expect(total).toBe(within.filter(({ reason }) => reason === 'evidence').length)
    for (const from of STAGES) {
      for (const to of STAGES) {
        const moves = within.filter((move) => move.reason === 'evidence' && move.from === from && move.to === to)
        expect(matrix[from][to]).toBe(moves.length)
      }
      expect(dormant[from]).toBe(within.filter(({ reason, to }) => reason === 'dormant' && to === from).length)
      expect(returned[from]).toBe(within.filter(({ reason, to }) => reason === 'returned' && to === from).length)
    }
  })

  test('cohorts by the day of the first event', () => {
    for (const { startMs, users, active } of cohorts(held(), 'day', all, 4)) {
      const first = startMs / DAY_MS
      const members = [...activeDays.values()].filter((days) => days[0] === first)
      expect(users).toBe(members.length)
      expect(active).toEqual(active.map((_, age) => members.filter((days) => days.includes(first + age)).length))
    }
  })

  test('stays in each stage, ended ones and those going on', () => {
    const durations = stageDurations(held())
    for (const stage of STAGES) {
      const spells = transitions.filter(({ reason, from }) => reason === 'evidence' && from === stage).length
      expect(durations[stage]).toMatchObject({ spells, ongoing: fixture.view.counts().byStage[stage] })
      const shares = durations[stage].survival.map(({ share }) => share)
      expect(shares).toEqual(shares.toSorted((a, b) => b - a))
    }
  })

  test('the same when it is built anew', async () => {
    const { log, codecs } = fixture.world
    const fresh = await UserView.open(log, codecs, new MemoryStore())
    while (await fresh.follow());
    const report = (view: UserView): unknown => [
      lifecycleIntervals({ table: view.table, counts: view.counts() }, 'week', all),
      stageDurations({ table: view.table, counts: view.counts() }),
      transitionMatrix(view.table, all),
      view.embeddings.users(20).map(({ userId }) => userId),
    ]
    expect(report(fresh)).toEqual(report(fixture.view))
  })
})

describe('GET /v1/users', () => {
  interface Page {
    readonly users: readonly { readonly userId: UserId; readonly stage: Stage; readonly dormant: boolean }[]
    readonly next: string | null
  }

  async function allPages(query: string): Promise<Page['users']> {
    const found: Page['users'][number][] = []
    let cursor = ''
    for (;;) {
      const page = await fixture.get<Page>(`/v1/users?${query}${cursor && `&cursor=${cursor}`}`)
      found.push(...page.users)
      if (page.next === null) return found
      cursor = page.next
    }
  }

  test('goes through all users page by page, in the order of their ids', async () => {
    const ids = (await allPages('limit=7')).map(({ userId }) => userId)
    expect(ids).toEqual([...activeDays.keys()].sort())
    const prefix = ids[20].slice(0, -1)
    expect((await allPages(`prefix=${prefix}`)).map(({ userId }) => userId)).toEqual(
      ids.filter((id) => id.startsWith(prefix)),
    )
  })

  test('filters by stage, silence, and activity in an interval', async () => {
    const counts = fixture.view.counts()
    for (const stage of STAGES) expect(await allPages(`stage=${stage}&limit=5`)).toHaveLength(counts.byStage[stage])
    expect(await allPages('dormant=true')).toHaveLength(counts.dormant)
    const [, second] = lifecycleIntervals(held(), 'day', all)
    for (const activity of ['new', 'retained', 'returned', 'dormant'] as const) {
      const found = await allPages(`interval=day&start=${new Date(second.startMs).toISOString()}&activity=${activity}`)
      expect(found).toHaveLength(second[activity])
    }
  })

  test.each(['activity=new', 'interval=day&start=soon&activity=new', 'cursor=%C3%A9', 'limit=0', 'stage=bored'])(
    'refuses %s in a sentence',
    async (query) => {
      const { statusCode, headers } = await fixture.app.inject({ method: 'GET', url: `/v1/users?${query}` })
      expect({ statusCode, type: headers['content-type'] }).toEqual({
        statusCode: 400,
        type: 'application/problem+json; charset=utf-8',
      })
    },
  )
})

describe('a range of days', () => {
  test.each([
    ['from=2026-02-30x', 'from is no date of ISO 8601'],
    ['from=2025-03-01&to=2025-02-01', 'The range ends before it begins'],
    ['from=1990-01-01&to=2025-02-01', 'days, more than the 400'],
    ['to=1950-01-01', 'outside of the years'],
  ])('%s is refused in a sentence', async (query, sentence) => {
    const { statusCode, body } = await fixture.app.inject({ method: 'GET', url: `/v1/transitions?${query}` })
    expect(statusCode).toBe(400)
    expect(body).toContain(sentence)
  })
})
