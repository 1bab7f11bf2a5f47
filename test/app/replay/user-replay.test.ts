import { beforeAll, describe, expect, test } from 'vitest'
import { replayUser } from '../../../src/app/replay/replay-user.ts'
import { stateDifference, statesAt } from '../../../src/app/replay/state-at.ts'
import { UserTrails } from '../../../src/app/replay/user-trails.ts'
import { whyOf } from '../../../src/app/replay/why.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { advanceRecord, erasureRecord } from '../../../src/app/tracker/read-input.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import type { UserStateRecord } from '../../../src/core/contracts/user-state-record.ts'
import { trackerSettings } from '../../../src/core/tracker-settings.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { eventfulBench } from '../../support/eventful-bench.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { drain, TrackerBench } from '../../support/tracker-bench.ts'
import { DAY_MS, HOUR_MS, interaction, START_MS, testBundle } from '../../support/tracker-settings.ts'

const SETTINGS = trackerSettings({
  stages: { minEvidence: 1, margin: 0.02, minLeadMs: 300_000 },
  activity: { minDormantMs: 5 * HOUR_MS, defaultDormantMs: 14 * HOUR_MS, returnedForMs: 5 * HOUR_MS },
  joiner: { correctionMs: 12 * HOUR_MS },
})

const AFTER_ALL_MS = START_MS + 1000 * DAY_MS

/** A bench whose every event is a commit of its own, with what was published of each user at each stream time. */
async function publishedAtEachTime() {
  const bench = await TrackerBench.create()
  const tracker = await bench.open({ settings: SETTINGS, sliceSize: 1 })
  const published = new Map<string, Map<number, UserStateRecord>>()
  let read = 0
  const step = async (): Promise<void> => {
    await drain(tracker)
    const { records, nextOffset } = await bench.log.read(TOPICS.userStates, 0, read, 1000)
    read = nextOffset
    for (const { key, value } of records) {
      const userId = Buffer.from(key!).toString()
      const times = published.get(userId) ?? new Map<number, UserStateRecord>()
      published.set(userId, times.set(tracker.streamTime, bench.codecs.userState.decodeOwn(value!)))
    }
  }
  for (const [i, event] of displacedInteractions(simulatedInteractions(450, 8), 10, 40).entries()) {
    if (i % 100 === 60) await bench.publish(testBundle(1 + Math.floor(i / 100), SETTINGS))
    await bench.send(event)
    await step()
    if (i % 200 === 199) {
      await bench.log.append([advanceRecord(0, event.eventTime + HOUR_MS)])
      await step()
    }
  }
  return { bench, published }
}

describe('the state of a user at a time', () => {
  test('is the one that was published then, for every event, timer and user', async () => {
    const { bench, published } = await publishedAtEachTime()
    expect(published.size).toBeGreaterThan(4)
    let compared = 0
    for (const [userId, byTime] of published) {
      const times = [...byTime.keys()]
      const states = await statesAt(userId, await replayUser(bench, userId), times)
      for (const [i, timeMs] of times.entries()) {
        const expected = byTime.get(timeMs)!
        expect(bench.codecs.userState.encode(states[i])).toEqual(bench.codecs.userState.encode(expected))
        compared++
      }
    }
    expect(compared).toBeGreaterThan(300)
  })

  test('is the latest published one at the end, whatever happened on the way', async () => {
    const bench = await eventfulBench(2)
    for (const [userId, state] of await bench.userStates()) {
      if (!state) continue
      const [last] = await statesAt(userId, await replayUser(bench, userId), [AFTER_ALL_MS])
      expect(last).toEqual(state)
    }
  })

  test('is refused before the first event, for a user never seen, and for an erased one', async () => {
    const bench = await TrackerBench.create()
    await bench.send(interaction('impression', 'ann', START_MS), interaction('impression', 'gone', START_MS))
    await bench.log.append([erasureRecord(0, 'gone', START_MS + 1)])
    await bench.run()
    const at = async (userId: string, timeMs: number) => statesAt(userId, await replayUser(bench, userId), [timeMs])
    expect((await at('ann', START_MS))[0].userId).toBe('ann')
    await expect(at('ann', START_MS - 1)).rejects.toThrow(
      /at 2025-12-31T23:59:59.999Z: their first event is of 2026-01-01/,
    )
    await expect(at('nobody', START_MS)).rejects.toThrow(/no such user has been seen/)
    // Also of a time at which they were there.
    await expect(at('gone', START_MS)).rejects.toThrow(/they have been erased/)
    await bench.send(interaction('impression', 'gone', START_MS + HOUR_MS))
    await bench.run()
    expect((await at('gone', START_MS + HOUR_MS))[0].firstEventTime).toBe(START_MS + HOUR_MS)
    await expect(at('gone', START_MS)).rejects.toThrow(/their first event is of 2026-01-01T01/)
  })
})

describe('why', () => {
  let bench: TrackerBench
  let transitions: Awaited<ReturnType<TrackerBench['transitions']>>
  beforeAll(async () => {
    bench = await eventfulBench()
    // Of users who came back after an erasure those since then.
    const records = await bench.records(TOPICS.stageTransitions)
    transitions = records.flatMap(({ key, value, offset }) => {
      const isErased = records.some(
        (other) => other.value === null && other.offset > offset && key!.toString() === other.key!.toString(),
      )
      return value && !isErased ? [bench.codecs.stageTransition.decodeOwn(value)] : []
    })
  })

  test('tells of the transitions that were published, and of no others', async () => {
    const users = [...new Set(transitions.map(({ userId }) => userId as string))]
    for (const userId of users.slice(0, 10)) {
      const published = transitions.filter((transition) => transition.userId === userId)
      const { moves, omitted } = await whyOf(userId, await replayUser(bench, userId))
      expect(omitted).toBe(0)
      expect(moves.map(({ from, to, reason, probability }) => ({ from, to, reason, probability }))).toEqual(
        published.map(({ from, to, reason, probability }) => ({ from, to, reason, probability })),
      )
      expect(moves.map(({ decided }) => decided.offset)).toEqual(published.map(({ source }) => source.offset))
    }
  })

  test('names the events that raised the new stage, with what was believed before and after each', async () => {
    const moves = []
    for (const userId of [...new Set(transitions.map((transition) => transition.userId))].slice(0, 12)) {
      const why = await whyOf(userId, await replayUser(bench, userId))
      moves.push(...why.moves)
    }
    const byEvidence = moves.filter(({ reason, raised }) => reason === 'evidence' && raised.length > 0)
    expect(byEvidence.length).toBeGreaterThan(10)
    for (const { to, raised, decided, task } of byEvidence) {
      expect([...raised, decided].map((step) => step.task)).toContain(task)
      const s = ['new', 'wander', 'stick', 'loyal'].indexOf(to)
      for (const { before, after, timeMs } of raised) {
        expect(after.stageProbabilities[s]).toBeGreaterThan(before!.stageProbabilities[s])
        expect(timeMs).toBeLessThanOrEqual(decided.timeMs)
        expect(after.tasks).toHaveLength(3)
      }
    }
    const tasks = new Set(byEvidence.flatMap(({ raised }) => raised.map(({ task }) => task)))
    expect([...tasks]).toEqual(expect.arrayContaining(['ctr', 'stay', 'cvr']))
    expect(moves.some(({ reason, decided }) => reason === 'dormant' && decided.cause.kind === 'timer')).toBe(true)
  })

  test('keeps to a range of times and to a number of moves', async () => {
    const counts = new Map<string, number>()
    for (const { userId } of transitions) counts.set(userId, (counts.get(userId) ?? 0) + 1)
    const [userId] = [...counts].sort((a, b) => b[1] - a[1])[0]
    const all = await whyOf(userId, await replayUser(bench, userId))
    expect(all.moves.length).toBeGreaterThan(3)
    const { timeMs } = all.moves[1].decided
    const from = await whyOf(userId, await replayUser(bench, userId), { fromMs: timeMs })
    expect(from.moves).toEqual(all.moves.filter(({ decided }) => decided.timeMs >= timeMs))
    const to = await whyOf(userId, await replayUser(bench, userId), { toMs: timeMs })
    expect(to.moves).toEqual(all.moves.filter(({ decided }) => decided.timeMs <= timeMs))
    const two = await whyOf(userId, await replayUser(bench, userId), { limit: 2 })
    expect(two).toEqual({ ...all, moves: all.moves.slice(-2), omitted: all.moves.length - 2 })
  })
})

test('the difference of two states names each field with both values', async () => {
  const bench = await TrackerBench.create()
  const shown = interaction('impression', 'ann', START_MS)
  await bench.send(shown, interaction('click', 'ann', START_MS + 1000, { impressionId: shown.eventId }))
  await bench.run()
  const [first, second] = await statesAt('ann', await replayUser(bench, 'ann'), [START_MS, START_MS + DAY_MS])
  const fields = stateDifference(first, second)
  expect(fields).toContainEqual({ field: 'tasks.ctr.successes', found: 0, replayed: 1 })
  expect(fields).toContainEqual({ field: 'eventTime', found: START_MS, replayed: START_MS + 1000 })
  expect(stateDifference(first, first)).toEqual([])
})

describe('the trails of users', () => {
  const trailsOf = ({ log, codecs }: TrackerBench, maxRecords = 10_000) =>
    new UserTrails({ log, codecs, maxRecords, store: () => new MemoryStore() })
  const latest = async (trails: UserTrails, userId: string) =>
    trails.with(userId as UserId, 0, (past) => statesAt(userId, past, [AFTER_ALL_MS]))

  test('go on from where they were, and forget what was before an erasure', async () => {
    const bench = await TrackerBench.create()
    const trails = trailsOf(bench, 2)
    await bench.send(interaction('impression', 'ann', START_MS), interaction('impression', 'ann', START_MS + 1))
    await bench.run()
    expect((await latest(trails, 'ann'))[0].eventTime).toBe(START_MS + 1)
    await bench.send(interaction('impression', 'ann', START_MS + 2))
    await bench.run()
    // Three records are more than a request may read, but two of them have been read.
    expect((await latest(trails, 'ann'))[0].eventTime).toBe(START_MS + 2)
    await expect(latest(trailsOf(bench, 2), 'ann')).rejects.toMatchObject({ code: 'replay-too-long' })
    await bench.log.append([erasureRecord(0, 'ann', START_MS + 3)])
    await bench.run()
    await expect(latest(trails, 'ann')).rejects.toThrow(/erased/)
  })

  test('begin anew with a user who was erased and has come back between two questions', async () => {
    const bench = await TrackerBench.create()
    const trails = trailsOf(bench)
    const stepsOf = () => trails.with('ann' as UserId, 0, async (past) => (await whyOf('ann', past)).steps)
    await bench.send(interaction('impression', 'ann', START_MS), interaction('impression', 'ann', START_MS + 1))
    await bench.run()
    expect(await stepsOf()).toBe(2)
    await bench.log.append([erasureRecord(0, 'ann', START_MS + 2)])
    await bench.send(interaction('impression', 'ann', START_MS + HOUR_MS))
    await bench.run()
    expect(await stepsOf()).toBe(1)
    expect((await latest(trails, 'ann'))[0].firstEventTime).toBe(START_MS + HOUR_MS)
  })

  test('serve requests one after the other, also after a failure', async () => {
    const bench = await eventfulBench()
    const trails = trailsOf(bench)
    const users = [...(await bench.userStates())].filter(([, state]) => state).slice(0, 6)
    const asked = users.map(([userId]) => latest(trails, userId))
    const failing = trails.with(users[0][0] as UserId, 0, async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await Promise.all(asked)).map(([state]) => state)).toEqual(users.map(([, state]) => state))
    expect((await latest(trails, users[0][0]))[0]).toEqual(users[0][1])
  })

  test('refuse more requests than may wait, and say that it passes', async () => {
    const bench = await eventfulBench()
    const trails = trailsOf(bench)
    const waiting = Array.from({ length: 16 }, () => latest(trails, 'nobody').catch(() => {}))
    await expect(latest(trails, 'nobody')).rejects.toMatchObject({ code: 'replay-too-long', retryable: true })
    await Promise.all(waiting)
  })
})
