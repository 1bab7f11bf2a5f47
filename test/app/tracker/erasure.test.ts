import { describe, expect, test } from 'vitest'
import { TOPICS } from '../../../src/app/topics.ts'
import { advanceRecord, erasureRecord } from '../../../src/app/tracker/read-input.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import { TrackerBench } from '../../support/tracker-bench.ts'
import { DAY_MS, HOUR_MS, interaction, MINUTE_MS, START_MS, testBundle } from '../../support/tracker-settings.ts'

/** `gone` has two pending impressions, one of them with a click, and a loyal past; `stays` has one impression. */
async function benchWithUsers(): Promise<TrackerBench> {
  const bench = await TrackerBench.create()
  await bench.publish(testBundle(1))
  const outcomes = { click: 1, stay: 100_000, order: 1 }
  const past = Array.from({ length: 8 }, (_, i) =>
    interaction('impression', 'gone', START_MS - DAY_MS + i * HOUR_MS, { outcomes, userFeatures: { segment: 's1' } }),
  )
  const clicked = interaction('impression', 'gone', START_MS, { eventId: 'clicked' as EventId })
  await bench.send(
    ...past,
    clicked,
    interaction('click', 'gone', START_MS + MINUTE_MS, { impressionId: clicked.eventId }),
    interaction('impression', 'gone', START_MS + 2 * MINUTE_MS, { eventId: 'plain' as EventId }),
    interaction('impression', 'stays', START_MS + 3 * MINUTE_MS),
  )
  return bench
}

const erase = (bench: TrackerBench, userId = 'gone') =>
  bench.log.append([erasureRecord(0, userId, START_MS + 4 * MINUTE_MS)])

/** Everything in a store or topic that has the user's id in its key or value. */
async function tracesOf(bench: TrackerBench, userId: string): Promise<string[]> {
  const id = Buffer.from(userId)
  const stored = await bench.stores[0].range(new Uint8Array(0), new Uint8Array(64).fill(255), 1_000_000)
  const traces = stored
    .filter(({ key, value }) => Buffer.from(key).includes(id) || Buffer.from(value).includes(id))
    .map(({ key }) => `store ${String.fromCharCode(key[0])}`)
  for (const topic of [TOPICS.changelog, TOPICS.userStates] as const) {
    for (const { key, value } of await bench.records(topic)) {
      if (value && (Buffer.from(key!).includes(id) || Buffer.from(value).includes(id))) traces.push(topic)
    }
  }
  return [...new Set(traces)]
}

const SLICE_SIZES = [100, 1]

describe('erasure of a user', () => {
  test.each(SLICE_SIZES)('leaves no state and no pending impression, with slices of %i', async (sliceSize) => {
    const bench = await benchWithUsers()
    await bench.run({ sliceSize })
    expect(await tracesOf(bench, 'gone')).toEqual([
      'store i',
      'store s',
      'store t',
      'store u',
      TOPICS.changelog,
      TOPICS.userStates,
    ])

    await erase(bench)
    const tracker = await bench.run({ sliceSize })
    // Timers stay until they are due and find nothing.
    expect(await tracesOf(bench, 'gone')).toEqual(['store t'])
    expect(await tracesOf(bench, 'stays')).toEqual([
      'store i',
      'store s',
      'store t',
      'store u',
      TOPICS.changelog,
      TOPICS.userStates,
    ])
    expect(tracker.counters.users).toBe(1)
  })

  test.each(SLICE_SIZES)(
    'leaves nothing when it comes in the slice of its events, with slices of %i',
    async (sliceSize) => {
      const bench = await benchWithUsers()
      await erase(bench)
      await bench.run({ sliceSize })
      expect((await tracesOf(bench, 'gone')).filter((trace) => trace !== 'store t')).toEqual([])
    },
  )

  test('sends a tombstone on user-states and on training-examples, keyed by the user', async () => {
    const bench = await benchWithUsers()
    await bench.run()
    await erase(bench)
    await bench.run()
    const [erased] = (await bench.records(TOPICS.userStates)).filter(({ value }) => value === null)
    expect(Buffer.from(erased.key!).toString()).toBe('gone')
    const examples = await bench.records(TOPICS.trainingExamples)
    expect(examples.filter(({ value }) => value === null)).toMatchObject([
      { key: Buffer.from('gone'), offset: examples.length - 1, timestamp: START_MS + 4 * MINUTE_MS },
    ])
  })

  test.each(SLICE_SIZES)('makes later timers find nothing, with slices of %i', async (sliceSize) => {
    const bench = await benchWithUsers()
    await erase(bench)
    await bench.log.append([advanceRecord(0, START_MS + 30 * DAY_MS)])
    await bench.run({ sliceSize })
    const after = (await bench.examples()).filter(({ impressionTime }) => impressionTime >= START_MS)
    expect(after.map(({ userId }) => userId)).toEqual(['stays'])
    const dormant = (await bench.transitions()).filter(({ reason }) => reason === 'dormant')
    expect(dormant.map(({ userId }) => userId)).toEqual(['stays'])
    expect(await tracesOf(bench, 'gone')).toEqual([])
  })

  test('turns an outcome of an erased impression into a dead letter', async () => {
    const bench = await benchWithUsers()
    await erase(bench)
    const impressionId = 'clicked' as EventId
    await bench.send(interaction('order', 'gone', START_MS + 5 * MINUTE_MS, { impressionId }))
    const tracker = await bench.run()
    expect(tracker.counters.deadLetters).toBe(1)
    expect(await tracesOf(bench, 'gone')).toEqual(['store t'])
  })

  test.each(SLICE_SIZES)('lets a user who comes back start new, with slices of %i', async (sliceSize) => {
    const bench = await benchWithUsers()
    await erase(bench)
    // The same event ids as before the erasure: what was remembered of them went with the user.
    const again = [
      interaction('impression', 'gone', START_MS + HOUR_MS, { eventId: 'clicked' as EventId }),
      interaction('click', 'gone', START_MS + HOUR_MS + 1, { impressionId: 'clicked' as EventId }),
    ]
    await bench.send(...again)
    await bench.log.append([advanceRecord(0, START_MS + 2 * HOUR_MS)])
    await bench.run({ sliceSize })

    const fresh = await TrackerBench.create()
    await fresh.publish(testBundle(1))
    await fresh.send(...again)
    await fresh.log.append([advanceRecord(0, START_MS + 2 * HOUR_MS)])
    await fresh.run({ sliceSize })

    expect({ ...(await bench.userStates()).get('gone'), source: null }).toEqual({
      ...(await fresh.userStates()).get('gone'),
      source: null,
    })
    const [example] = (await bench.examples()).filter(({ exampleId }) => exampleId === 'clicked')
    const [expected] = await fresh.examples()
    expect({ ...example, source: null }).toEqual({ ...expected, source: null })
    expect(example.tasks.map(({ label, trials }) => [label, trials])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
    ])
  })

  test('of a user nobody knows sends the tombstones and counts nobody', async () => {
    const bench = await benchWithUsers()
    await erase(bench, 'stranger')
    const tracker = await bench.run()
    expect(tracker.counters.users).toBe(2)
    expect((await bench.userStates()).get('stranger')).toBeNull()
    expect((await bench.records(TOPICS.trainingExamples)).filter(({ value }) => value === null)).toHaveLength(1)
  })

  test('does not touch a user whose id goes on where the erased one ends, after a NUL', async () => {
    const bench = await TrackerBench.create()
    const other = interaction('impression', 'u\u0000v', START_MS)
    await bench.send(other, interaction('impression', 'u', START_MS + 1))
    await bench.log.append([erasureRecord(0, 'u', START_MS + 2)])
    await bench.send(interaction('click', 'u\u0000v', START_MS + 3, { impressionId: other.eventId }))
    const tracker = await bench.run()
    expect(tracker.counters).toMatchObject({ deadLetters: 0, users: 1 })
  })

  test('does not touch users whose ids begin with the erased one', async () => {
    const bench = await TrackerBench.create()
    await bench.send(interaction('impression', 'u1', START_MS), interaction('impression', 'u12', START_MS + 1))
    await bench.run()
    await erase(bench, 'u1')
    await bench.run()
    const left = await tracesOf(bench, 'u12')
    expect(left).toEqual(['store i', 'store s', 'store t', 'store u', TOPICS.changelog, TOPICS.userStates])
  })
})
