import { describe, expect, test } from 'vitest'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { advanceRecord, STREAM_TIME_HEADER } from '../../../src/app/tracker/read-input.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import type { OutputRecord } from '../../../src/io/log/log.ts'
import { readDeadLetter } from '../../../src/io/schemas/dead-letter-headers.ts'
import { storedUser } from '../../support/dump-store.ts'
import { firstDifference } from '../../support/first-difference.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { drain, TrackerBench } from '../../support/tracker-bench.ts'
import {
  DAY_MS,
  HOUR_MS,
  interaction,
  MINUTE_MS,
  START_MS,
  TEST_SETTINGS,
  testBundle,
} from '../../support/tracker-settings.ts'

const SMALL = trackerSettingsOf(smallConfig())

describe('partition tracker', () => {
  test('waits for a full slice unless it may take a partial one', async () => {
    const bench = await TrackerBench.create()
    const tracker = await bench.open({ sliceSize: 3 })
    const impressions = Array.from({ length: 5 }, (_, i) => interaction('impression', 'u', START_MS + i))
    await bench.send(...impressions.slice(0, 2))
    expect(await tracker.step({ partial: false })).toBe(0)
    expect(await tracker.step({ partial: true })).toBe(2)
    await bench.send(...impressions.slice(2))
    // Slices end at multiples of the size, whatever was taken before.
    expect(await tracker.step({ partial: false })).toBe(1)
    expect(await tracker.step({ partial: false })).toBe(0)
    expect(await tracker.step({ partial: true })).toBe(2)
    expect(tracker.nextOffset).toBe(5)
  })

  describe('timers', () => {
    test('fire at a record that only moves the stream time, with that record as their source', async () => {
      const bench = await TrackerBench.create()
      await bench.send(interaction('impression', 'u', START_MS))
      await bench.log.append([advanceRecord(0, START_MS + 30 * MINUTE_MS - 1)])
      const tracker = await bench.run()
      expect(await bench.examples()).toEqual([])
      await bench.log.append([advanceRecord(0, START_MS + 30 * MINUTE_MS)])
      await drain(tracker)
      expect(await bench.examples()).toMatchObject([{ kind: 'final', userId: 'u', source: { offset: 2 } }])
      expect(tracker.streamTime).toBe(START_MS + 30 * MINUTE_MS)
    })

    test('do not run backwards with a record that names an earlier time', async () => {
      const bench = await TrackerBench.create()
      await bench.send(interaction('impression', 'u', START_MS + HOUR_MS))
      await bench.log.append([advanceRecord(0, START_MS)])
      expect((await bench.run()).streamTime).toBe(START_MS + HOUR_MS)
    })

    test('fire in the order of due time, user, impression, in one slice and over many', async () => {
      for (const sliceSize of [1, 100]) {
        const bench = await TrackerBench.create()
        await bench.send(
          impressionAt('b', '2', START_MS),
          impressionAt('a', '9', START_MS),
          impressionAt('b', '10', START_MS),
          impressionAt('a', '1', START_MS + 1),
          impressionAt('c', '0', START_MS + 2),
        )
        await bench.log.append([advanceRecord(0, START_MS + DAY_MS)])
        await bench.run({ sliceSize })
        expect((await bench.examples()).map(({ userId, exampleId }) => `${userId} ${exampleId}`)).toEqual([
          'a 9',
          'b 10',
          'b 2',
          'a 1',
          'c 0',
        ])
      }
    })

    test('of a silent user fire in a later slice, at their due time', async () => {
      const bench = await TrackerBench.create()
      await bench.send(interaction('impression', 'silent', START_MS))
      const tracker = await bench.run()
      const due = START_MS + 7 * DAY_MS
      expect((await storedUser(bench.stores[0], 'silent'))!.timerDue).toBe(due)
      await bench.send(interaction('impression', 'other', due - 1))
      await drain(tracker)
      expect(await bench.transitions()).toEqual([])
      await bench.send(interaction('impression', 'other', due + HOUR_MS))
      await drain(tracker)
      expect(await bench.transitions()).toMatchObject([
        { userId: 'silent', reason: 'dormant', eventTime: due, source: { offset: 2 } },
      ])
      expect((await bench.userStates()).get('silent')).toMatchObject({ dormant: true })
    })

    test('move a stage whose challenger led long enough while nothing came from the user', async () => {
      const bench = await TrackerBench.create()
      await bench.publish(testBundle(1))
      const outcomes = { click: 1, stay: 100_000, order: 1 }
      await bench.send(
        ...Array.from({ length: 4 }, (_, i) => interaction('impression', 'u', START_MS + i, { outcomes })),
      )
      const tracker = await bench.run()
      expect((await bench.userStates()).get('u')).toMatchObject({ stage: 'new' })
      await bench.log.append([advanceRecord(0, START_MS + HOUR_MS)])
      await drain(tracker)
      const [transition] = await bench.transitions()
      expect(transition).toMatchObject({ to: 'loyal', eventTime: START_MS + 3 + 30 * MINUTE_MS })
      expect((await bench.userStates()).get('u')).toMatchObject({ stage: 'loyal', since: transition.eventTime })
    })

    test('of an impression do not touch a later one that has its id', async () => {
      const bench = await TrackerBench.create()
      const settings = { ...TEST_SETTINGS, joiner: { ...TEST_SETTINGS.joiner, rememberedEventIds: 1 } }
      const first = interaction('impression', 'u', START_MS)
      const between = interaction('impression', 'u', START_MS + MINUTE_MS, { outcomes: {} })
      await bench.send(first, between, { ...first, eventTime: START_MS + 10 * MINUTE_MS })
      await bench.log.append([advanceRecord(0, START_MS + 40 * MINUTE_MS)])
      await bench.run({ settings })
      const examples = await bench.examples()
      expect(examples.filter(({ exampleId }) => exampleId === first.eventId)).toMatchObject([
        { kind: 'final', impressionTime: START_MS + 10 * MINUTE_MS },
      ])
    })

    test('forget an impression at the end of its correction horizon, from store and changelog', async () => {
      const bench = await TrackerBench.create()
      const { eventId } = await sendImpression(bench)
      await bench.log.append([advanceRecord(0, START_MS + 72 * HOUR_MS - 1)])
      const tracker = await bench.run()
      const kept = async () => ({
        store: (await bench.dump()).stores[0].entries.filter((entry) => entry.startsWith('impression')).length,
        changelog: (await bench.records(TOPICS.changelog)).filter(({ key, value }) => value && key![0] === 0x69).length,
      })
      expect(await kept()).toEqual({ store: 1, changelog: 1 })
      await bench.log.append([advanceRecord(0, START_MS + 72 * HOUR_MS)])
      await drain(tracker)
      expect(await kept()).toEqual({ store: 0, changelog: 0 })
      await bench.send(interaction('click', 'u', START_MS + MINUTE_MS, { impressionId: eventId }))
      await drain(tracker)
      expect(tracker.counters).toMatchObject({ examples: 1, corrections: 0, deadLetters: 1 })
    })
  })

  describe('bundle', () => {
    test('takes effect with the slice after it, and is recorded with the state', async () => {
      const bench = await TrackerBench.create()
      const tracker = await bench.open({ sliceSize: 1 })
      let timeMs = START_MS
      const step = async (): Promise<number> => {
        await bench.send(interaction('impression', 'u', timeMs++, { outcomes: {} }))
        await tracker.step({ partial: true })
        return (await bench.examples()).at(-1)!.bundleVersion
      }
      expect(await step()).toBe(0)
      await bench.publish(testBundle(1))
      await bench.publish(testBundle(2))
      expect(await step()).toBe(2)
      expect(await step()).toBe(2)
      expect((await bench.userStates()).get('u')).toMatchObject({ bundleVersion: 2, embeddingVersion: 2 })
    })

    test('is the recorded one after the tracker was opened anew, and the next one comes with the next slice', async () => {
      const bench = await TrackerBench.create()
      await bench.publish(testBundle(1))
      await sendImpression(bench)
      await bench.run()
      await bench.publish(testBundle(2))
      const reopened = await bench.open()
      expect(reopened.bundleVersion).toBe(1)
      expect(await reopened.step({ partial: true })).toBe(0)
      expect(reopened.bundleVersion).toBe(1)
      await sendImpression(bench)
      expect(await reopened.step({ partial: true })).toBe(1)
      expect(reopened.bundleVersion).toBe(2)
      await bench.stores[0].clear()
      expect((await bench.open()).bundleVersion).toBe(2)
    })
  })

  describe('partitions', () => {
    const input = simulatedInteractions(3000)

    async function benchOfThree(): Promise<TrackerBench> {
      const bench = await TrackerBench.create(3)
      await bench.publish(testBundle(1, SMALL))
      await bench.send(...input)
      return bench
    }

    test('hold their users alone, whatever the order in which they are worked on', async () => {
      const inTurn = await benchOfThree()
      const trackers = await Promise.all([0, 1, 2].map((partition) => inTurn.open({ partition, settings: SMALL })))
      for (let work = 1; work > 0;) {
        work = 0
        for (const tracker of trackers) work += await tracker.step({ partial: true })
      }
      const oneByOne = await benchOfThree()
      for (const partition of [2, 0, 1]) await oneByOne.run({ partition, settings: SMALL })
      expect(firstDifference(await oneByOne.dump(SMALL), await inTurn.dump(SMALL))).toBeNull()

      const homes = new Set<number>()
      for (const topic of [TOPICS.userStates, TOPICS.trainingExamples, TOPICS.stageTransitions] as const) {
        for (const { key, partition } of await inTurn.records(topic)) {
          homes.add(partition)
          expect(partition).toBe(partitionOf(Buffer.from(key!).toString(), 3))
        }
      }
      expect(homes.size).toBe(3)
      const users = trackers.reduce((sum, { counters }) => sum + counters.users, 0)
      expect(users).toBe(new Set(input.map(({ userId }) => userId)).size)
    })

    test('give a user the examples that one partition gives', async () => {
      const many = await benchOfThree()
      for (const partition of [0, 1, 2]) {
        await many.log.append([advanceRecord(partition, input[input.length - 1].eventTime)])
        await many.run({ partition, settings: SMALL })
      }
      const one = await TrackerBench.create()
      await one.publish(testBundle(1, SMALL))
      await one.send(...input)
      await one.run({ settings: SMALL })
      expect(await labelsOf(many)).toEqual(await labelsOf(one))
    })
  })

  describe('bad record', () => {
    const headers = { traceparent: Buffer.from('00-abc-def-01') }
    const bad = (value: Uint8Array | null, more: Partial<OutputRecord> = {}): OutputRecord => {
      return {
        topic: TOPICS.interactions,
        partition: 0,
        key: Buffer.from('k'),
        value,
        headers,
        timestamp: START_MS,
        ...more,
      }
    }

    test('goes to the dead letters byte for byte, with its headers and both families of tools', async () => {
      const bench = await TrackerBench.create()
      const value = Uint8Array.of(0, 255, 1, 2, 3)
      await sendImpression(bench)
      await bench.log.append([bad(value)])
      const tracker = await bench.run()
      const [letter] = await bench.records(TOPICS.deadLetters)
      expect(letter).toMatchObject({ key: Buffer.from('k'), value: Buffer.from(value), timestamp: START_MS })
      const text = Object.fromEntries(
        Object.entries(letter.headers!).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
      )
      expect(text).toMatchObject({
        traceparent: '00-abc-def-01',
        '__connect.errors.topic': 'interactions',
        '__connect.errors.partition': '0',
        '__connect.errors.offset': '1',
        '__connect.errors.stage': 'VALUE_CONVERTER',
        '__connect.errors.exception.class.name': 'stan-lifecycle.unreadable-record',
        'kafka_dlt-original-topic': 'interactions',
        'kafka_dlt-exception-fqcn': 'stan-lifecycle.unreadable-record',
      })
      expect(text['__connect.errors.exception.message']).toBe(text['kafka_dlt-exception-message'])
      const offset = Buffer.from(letter.headers!['kafka_dlt-original-offset'])
      expect([
        offset.readBigInt64BE(),
        Buffer.from(letter.headers!['kafka_dlt-original-partition']).readInt32BE(),
      ]).toEqual([1n, 0])
      expect(Buffer.from(letter.headers!['kafka_dlt-original-timestamp']).readBigInt64BE()).toBe(BigInt(START_MS))
      expect(readDeadLetter(letter.value, letter.headers)).toMatchObject({
        letter: { cause: 'unreadable-record', origin: 'interactions/0@1', byteLength: 5 },
        attempt: 1,
      })
      expect(tracker.counters).toMatchObject({ events: 2, deadLetters: 1, users: 1 })
    })

    test('that can be read and breaks a rule is told apart by its cause', async () => {
      const bench = await TrackerBench.create()
      const [record] = bench.recordsOf([interaction('click', 'u', START_MS, { impressionId: 'never' as EventId })])
      await bench.log.append([{ ...record, headers }])
      await bench.run()
      const [letter] = await bench.records(TOPICS.deadLetters)
      expect(letter.value).toEqual(record.value)
      expect(Buffer.from(letter.headers!['__connect.errors.stage']).toString()).toBe('TRANSFORMATION')
      expect(readDeadLetter(letter.value, letter.headers)!.letter).toMatchObject({
        cause: 'unknown-impression',
        field: 'impressionId',
      })
    })

    test.each([
      ['a tombstone without a key', bad(null, { key: null }), 'missing-field'],
      ['a tombstone with an empty key', bad(null, { key: new Uint8Array(0) }), 'missing-field'],
      ['a tombstone whose key is no UTF-8', bad(null, { key: Uint8Array.of(0xff, 0xfe) }), 'invalid-utf8'],
      [
        'a stream time that is no number',
        bad(null, { headers: { [STREAM_TIME_HEADER]: Buffer.from('soon') } }),
        'out-of-range',
      ],
      [
        'a stream time out of range',
        bad(null, { headers: { [STREAM_TIME_HEADER]: Buffer.from('1e300') } }),
        'out-of-range',
      ],
      [
        'a stream time that is no UTF-8',
        bad(null, { headers: { [STREAM_TIME_HEADER]: Uint8Array.of(0xff) } }),
        'out-of-range',
      ],
    ])('%s is a dead letter, and the stream goes on', async (_, record, cause) => {
      const bench = await TrackerBench.create()
      await bench.log.append([record])
      await sendImpression(bench)
      const tracker = await bench.run()
      const [letter] = await bench.records(TOPICS.deadLetters)
      expect(letter.key).toEqual(record.key && Buffer.from(record.key))
      expect(readDeadLetter(letter.value, letter.headers)!.letter.cause).toBe(cause)
      expect(tracker.counters).toMatchObject({ events: 2, deadLetters: 1, users: 1 })
      expect(tracker.streamTime).toBe(START_MS)
    })
  })

  test('counts a repeated event once and says so', async () => {
    const bench = await TrackerBench.create()
    const impression = interaction('impression', 'u', START_MS, { outcomes: { click: 1 } })
    await bench.send(impression, impression, impression)
    const tracker = await bench.run({ sliceSize: 2 })
    expect(tracker.counters).toMatchObject({ events: 3, duplicates: 2, examples: 1 })
    expect(await bench.examples()).toHaveLength(1)
  })
})

async function sendImpression(bench: TrackerBench) {
  const impression = interaction('impression', 'u', START_MS)
  await bench.send(impression)
  return impression
}

function impressionAt(userId: string, eventId: string, timeMs: number) {
  return interaction('impression', userId, timeMs, { eventId: eventId as EventId })
}

/** Labels and tokens of the final examples by their ids. */
async function labelsOf(bench: TrackerBench) {
  const finals = (await bench.examples()).filter(({ kind }) => kind === 'final')
  return new Map(
    finals.map(({ exampleId, tasks, stateTokens }) => [
      exampleId,
      { labels: tasks.map(({ label }) => label), stateTokens },
    ]),
  )
}
