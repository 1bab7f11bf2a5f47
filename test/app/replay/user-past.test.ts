import { beforeAll, describe, expect, test } from 'vitest'
import { replayUser } from '../../../src/app/replay/replay-user.ts'
import { statesAt } from '../../../src/app/replay/state-at.ts'
import { whyOf } from '../../../src/app/replay/why.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { advanceRecord, erasureRecord } from '../../../src/app/tracker/read-input.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import type { SnapshotSettings } from '../../../src/core/contracts/tracker-settings.ts'
import { trackerSettings } from '../../../src/core/tracker-settings.ts'
import { eventfulBench } from '../../support/eventful-bench.ts'
import { FailingWrites, WriteFailed } from '../../support/failing-writes.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { drain, TrackerBench } from '../../support/tracker-bench.ts'
import { DAY_MS, HOUR_MS, interaction, MINUTE_MS, START_MS, testBundle } from '../../support/tracker-settings.ts'
import { wholePast } from '../../support/whole-past.ts'

const settingsWith = (snapshots: SnapshotSettings) =>
  trackerSettings({
    stages: { minEvidence: 1, margin: 0.02, minLeadMs: 300_000 },
    activity: { minDormantMs: 5 * HOUR_MS, defaultDormantMs: 14 * HOUR_MS, returnedForMs: 5 * HOUR_MS },
    joiner: { correctionMs: 12 * HOUR_MS },
    snapshots,
  })

/** Late events, bundles, an erasure with a return, a crash at every other stretch; the snapshots of each are kept alike or not. */
async function benchOf(snapshots: readonly SnapshotSettings[]): Promise<TrackerBench> {
  const bench = await TrackerBench.create()
  const input = displacedInteractions(simulatedInteractions(120 * snapshots.length, 12), 10, 60)
  for (const [i, choice] of snapshots.entries()) {
    const settings = settingsWith(choice)
    const part = input.slice(120 * i, 120 * (i + 1))
    await bench.send(...part.slice(0, 60))
    if (i % 3 === 1) await bench.log.append([erasureRecord(0, part[60].userId, part[60].eventTime)])
    await bench.send(...part.slice(60))
    await bench.log.append([advanceRecord(0, part[119].eventTime + (i % 2) * 6 * HOUR_MS)])
    if (i % 2 === 0) await bench.publish(testBundle(i + 1, settings))
    const failures = i % 2 === 1 ? FailingWrites.crashAt(1 + (i % 4), i % 4 === 1 ? 'before' : 'after') : undefined
    try {
      await drain(await bench.open({ settings, sliceSize: 50, failures }))
    } catch (error) {
      if (!(error instanceof WriteFailed)) throw error
      if (i % 4 === 3) await bench.stores[0].clear()
    }
    await bench.run({ settings, sliceSize: 37 })
  }
  return bench
}

const alike = (choice: SnapshotSettings, count: number): SnapshotSettings[] =>
  Array.from({ length: count }, () => choice)
const BENCHES: readonly (readonly [name: string, open: () => Promise<TrackerBench>])[] = [
  ['restarts, other rules and many periods', eventfulBench],
  ['crashes and more snapshots than are kept', () => benchOf(alike({ everyRecords: 40, kept: 3 }, 6))],
  ['one snapshot of each user', () => benchOf(alike({ everyRecords: 25, kept: 1 }, 5))],
  [
    'snapshots that begin late, stop, and change their periods and their number',
    () =>
      benchOf([
        { everyRecords: 0, kept: 3 },
        { everyRecords: 40, kept: 3 },
        { everyRecords: 30, kept: 5 },
        { everyRecords: 0, kept: 5 },
        { everyRecords: 30, kept: 2 },
        { everyRecords: 30, kept: 4 },
      ]),
  ],
]

type WholePast = Awaited<ReturnType<typeof wholePast>>

/** Some stream times, of a user with many steps other ones than of the next: changes, and moments before and after. */
async function timesOf(whole: WholePast, seed: number): Promise<number[]> {
  const times: number[] = []
  for await (const { timeMs } of whole.steps()) times.push(timeMs - MINUTE_MS, timeMs - 1, timeMs, timeMs + 1)
  const every = Math.ceil(times.length / 10)
  return [...times.filter((_time, i) => i % every === seed % every), START_MS + 1000 * DAY_MS]
}

const outcomeOf = <T>(work: Promise<T>): Promise<T | string> => work.catch((error: Error) => error.message)

describe.each(BENCHES)('the past of a user under %s', (_, open) => {
  let bench: TrackerBench
  let users: { userId: string; whole: WholePast; times: number[] }[]
  beforeAll(async () => {
    bench = await open()
    users = []
    for (const userId of [...(await bench.userStates()).keys()].sort()) {
      const whole = await wholePast(bench, userId)
      users.push({ userId, whole, times: await timesOf(whole, users.length) })
    }
  }, 60_000)

  test('has the states of a replay from the beginning at every time, whoever is asked about', async () => {
    let compared = 0
    for (const { userId, whole, times } of users) {
      // Each time on its own, as a command asks: no trail helps.
      for (const timeMs of times) {
        const found = await outcomeOf(statesAt(userId, await replayUser(bench, userId), [timeMs]))
        expect(found).toEqual(await outcomeOf(statesAt(userId, whole, [timeMs])))
        compared++
      }
    }
    expect(compared).toBeGreaterThan(80)
  }, 120_000)

  test('has the moves of a replay from the beginning', async () => {
    for (const { userId, whole } of users) {
      const found = await outcomeOf(whyOf(userId, await replayUser(bench, userId)))
      expect(found).toEqual(await outcomeOf(whyOf(userId, whole)))
    }
  }, 60_000)

  test('answers for two times at once, and again with what it has in memory', async () => {
    for (const { userId, whole, times } of users) {
      const past = await replayUser(bench, userId)
      for (const pair of [times.slice(0, 2), times.slice(-2), [times[0], times.at(-1)!]]) {
        expect(await outcomeOf(statesAt(userId, past, pair))).toEqual(await outcomeOf(statesAt(userId, whole, pair)))
      }
      expect(await outcomeOf(whyOf(userId, past))).toEqual(await outcomeOf(whyOf(userId, whole)))
      expect(await outcomeOf(statesAt(userId, past, times))).toEqual(await outcomeOf(statesAt(userId, whole, times)))
    }
  }, 60_000)
})

describe('a question', () => {
  const EVERY = 40
  let bench: TrackerBench
  let userId: string
  beforeAll(async () => {
    bench = await TrackerBench.create()
    const settings = settingsWith({ everyRecords: EVERY, kept: 20 })
    const input = simulatedInteractions(700, 40)
    userId = input[0].userId
    await bench.send(...input, ...simulatedAfter(input[699].eventTime))
    await bench.run({ settings })
  })

  /** Nobody else's events, long after. */
  function simulatedAfter(timeMs: number) {
    return Array.from({ length: 300 }, (_, i) => interaction('impression', 'other', timeMs + DAY_MS + i))
  }

  test('about one time reads a period at most, and says with which snapshot it began', async () => {
    const steps = []
    for await (const step of (await wholePast(bench, userId)).steps()) steps.push(step)
    expect(steps.length).toBeGreaterThan(8)
    for (const { timeMs } of steps) {
      const past = await replayUser(bench, userId)
      await statesAt(userId, past, [timeMs])
      const [{ records, fromOffset }, ...others] = past.readings
      expect(others).toEqual([])
      expect(records).toBeLessThanOrEqual(EVERY)
      expect(steps.map(({ offset }) => offset)).toContain(fromOffset)
    }
  })

  test('about all moves reads only the periods in which the user changed', async () => {
    const offsets = new Set<number>()
    for await (const { offset } of (await wholePast(bench, userId)).steps()) offsets.add(Math.floor(offset / EVERY))
    const past = await replayUser(bench, userId)
    await whyOf(userId, past)
    expect(past.readings).toHaveLength(1)
    expect(past.readings[0].records).toBeLessThanOrEqual(EVERY * offsets.size)
    expect(past.readings[0].records).toBeLessThan(600)
  })

  test('begins with the oldest snapshot whose input is left, and says from when on it tells', async () => {
    const all = await whyOf(userId, await replayUser(bench, userId))
    const times: number[] = []
    for await (const { timeMs } of (await wholePast(bench, userId)).steps()) times.push(timeMs)
    const start = 300
    const read = bench.log.read.bind(bench.log)
    bench.log.startOffset = async (topic) => (topic === TOPICS.interactions ? start : 0)
    bench.log.read = async (topic, partition, offset, limit) => {
      if (topic === TOPICS.interactions && offset < start) throw new Error(`offset ${offset} is gone`)
      return read(topic, partition, offset, limit)
    }
    const restore = () => {
      for (const name of ['startOffset', 'read']) Reflect.deleteProperty(bench.log, name)
    }
    try {
      const left = await whyOf(userId, await replayUser(bench, userId))
      const since = left.since!
      expect(since).toBeGreaterThan(times[0])
      expect(left.moves.length).toBeGreaterThan(0)
      // The first may rest on steps that are gone.
      const kept = all.moves.filter(({ decided }) => decided.timeMs >= since)
      expect(left.moves.map(({ decided: { offset }, to }) => [offset, to])).toEqual(
        kept.map(({ decided: { offset }, to }) => [offset, to]),
      )
      expect(left.moves.at(-1)!.decided.after).toEqual(kept.at(-1)!.decided.after)
      const later = times.filter((timeMs) => timeMs >= since)
      const earlier = times.filter((timeMs) => timeMs < since)
      const told = []
      for (const timeMs of later) told.push(...(await statesAt(userId, await replayUser(bench, userId), [timeMs])))
      await expect(statesAt(userId, await replayUser(bench, userId), [earlier.at(-1)!])).rejects.toMatchObject({
        code: 'no-history',
        message: expect.stringContaining(`suffices from ${new Date(since).toISOString()} on`),
      })
      restore()
      expect(told).toEqual(await statesAt(userId, await wholePast(bench, userId), later))
    } finally {
      restore()
    }
  })
})

test.each([5, 1000])('a late outcome finds its impression in a snapshot, with slices of %i', async (sliceSize) => {
  const bench = await TrackerBench.create()
  const others = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      interaction('impression', `other-${i}`, START_MS + (from + 2 * i) * MINUTE_MS),
    )
  // Its window closes in an earlier slice than that of the snapshot, so that it is in the store alone.
  const shown = interaction('impression', 'ann', START_MS)
  const again = interaction('impression', 'ann', START_MS + 60 * MINUTE_MS)
  const clickedMs = START_MS + 90 * MINUTE_MS
  const click = interaction('click', 'ann', clickedMs, { impressionId: shown.eventId })
  await bench.send(shown, ...others(1, 19), again, ...others(61, 15), click)
  await bench.run({ settings: settingsWith({ everyRecords: 20, kept: 4 }), sliceSize })
  const past = await replayUser(bench, 'ann')
  const [found] = await statesAt('ann', past, [clickedMs])
  expect(past.readings).toEqual([{ records: 17, fromOffset: 20 }])
  expect(found.tasks[0].successes).toBe(1)
  expect([found]).toEqual(await statesAt('ann', await wholePast(bench, 'ann'), [clickedMs]))
})

test('a user with more pending impressions than a record may hold is told of with an earlier snapshot', async () => {
  const bench = await TrackerBench.create()
  const many = Array.from({ length: 2500 }, (_, i) => {
    const eventId = `${'x'.repeat(240)}${i}` as EventId
    return interaction('impression', i % 100 === 0 ? 'other' : 'ann', START_MS + i * 1000, { eventId })
  })
  await bench.send(...many)
  await bench.run({ settings: settingsWith({ everyRecords: 600, kept: 8 }) })
  const values = (await bench.records(TOPICS.changelog)).map(({ value }) => value?.length ?? 0)
  expect(Math.max(...values)).toBeLessThan(600_000)
  const times = [1, 700, 1500, 2450].map((i) => many[i].eventTime + 500)
  const past = await replayUser(bench, 'ann')
  expect(await statesAt('ann', past, times)).toEqual(await statesAt('ann', await wholePast(bench, 'ann'), times))
  expect(past.readings.map(({ fromOffset }) => fromOffset)).not.toContain(2400)
})
