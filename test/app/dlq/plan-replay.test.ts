import { expect, test } from 'vitest'
import type { StoredLetter } from '../../../src/app/dlq/letters.ts'
import { planReplay, type ReplayPlan } from '../../../src/app/dlq/plan-replay.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import type { OutputRecord } from '../../../src/io/log/log.ts'
import { attemptOf, readDeadLetter } from '../../../src/io/schemas/dead-letter-headers.ts'
import { codecs, FRAMED, letterRecord, type LetterSample, PARTITIONS, TIME } from '../../support/dead-letters.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const RULES = { maxAttempts: 3, partitions: PARTITIONS, codec: codecs.interaction }

function planOf(sample: LetterSample, replayedMs: number | null = null): ReplayPlan {
  const { key, value, headers = {}, timestamp, partition } = letterRecord(sample)
  const dead = readDeadLetter(value, headers)!
  const stored: StoredLetter = { ...dead, partition, offset: 5, key, headers, timestamp, replayedMs }
  return planReplay(stored, RULES)
}

function recordOf(plan: ReplayPlan): OutputRecord {
  if (plan.kind === 'replay') return plan.record
  throw new Error(`Cannot replay: ${plan.reason}`)
}

test('a letter goes back with its bytes, key, headers and time, and the attempt that failed', () => {
  const traceparent = Buffer.from('00-1')
  const plan = planOf({ partition: 1, attempt: 2, headers: { traceparent }, letter: { bytes: Buffer.from('junk') } })
  expect(plan).toMatchObject({ kind: 'replay', record: { topic: 'interactions', partition: 1, timestamp: TIME } })
  const { key, value, headers } = recordOf(plan)
  expect(Buffer.from(key!).toString()).toBe('ann')
  expect(Buffer.from(value!).toString()).toBe('junk')
  const texts = Object.entries(headers!).map(([name, bytes]) => [name, Buffer.from(bytes).toString()])
  expect(Object.fromEntries(texts)).toEqual({
    traceparent: '00-1',
    'stan-lifecycle.dead-letter.attempt': '2',
    'stan-lifecycle.dead-letter.replay-of': '1@5',
  })
  expect(attemptOf(headers)).toBe(3)
})

test('a letter without a key goes back without one', () => {
  expect(planOf({ key: null })).toMatchObject({ kind: 'replay', record: { key: null } })
})

test('a framed interaction from a file goes to the partition of its user, with key and time', () => {
  const { userId } = SAMPLE_RECORDS.interaction
  const plan = planOf({ key: null, timestamp: 0, letter: { origin: 'events.bin:12' } })
  const partition = partitionOf(userId, PARTITIONS)
  expect(plan).toMatchObject({ kind: 'replay', record: { partition, value: FRAMED, timestamp: TIME } })
  expect(Buffer.from(recordOf(plan).key!).toString()).toBe(userId)
})

test('a framed interaction from a file whose time is impossible keeps the time of its letter', () => {
  const bytes = codecs.interaction.encode({ ...SAMPLE_RECORDS.interaction, eventTime: -5 })
  const plan = planOf({ timestamp: 0, letter: { origin: 'events.bin:12', bytes } })
  expect(plan).toMatchObject({ kind: 'replay', record: { timestamp: 0 } })
})

test.each<[what: string, sample: LetterSample, replayedMs: number | null, reason: string]>([
  ['was replayed', {}, TIME, 'it was replayed at 2022-04-24T15:05:41.436Z'],
  ['is at the limit', { attempt: 3 }, null, 'it has failed 3 times, and --max-attempts is 3'],
  ['is beyond the limit', { attempt: 9 }, null, 'it has failed 9 times, and --max-attempts is 3'],
  ['is a tombstone', { letter: { bytes: Buffer.alloc(0) } }, null, 'it has no bytes that could be read another time'],
  ['is cut', { letter: { byteLength: 70_000 } }, null, `only the first ${FRAMED.length} of its 70000 bytes were kept`],
  [
    'is a line of text',
    { letter: { origin: 'a.jsonl:3', bytes: Buffer.from('{"userId": 5}') } },
    null,
    'it came from a file, a.jsonl:3, and is no framed interaction: the bytes do not begin with 0 and a schema id',
  ],
  [
    'came from another topic',
    { letter: { origin: 'orders/0@1' } },
    null,
    'it came from orders, and only interactions takes it back',
  ],
  [
    'came from a partition that is gone',
    { letter: { origin: 'interactions/5@1' } },
    null,
    'it came from interactions/5, and interactions has 2 partitions, counted from 0',
  ],
])('a letter that %s stays', (_, sample, replayedMs, reason) => {
  expect(planOf(sample, replayedMs)).toEqual({ kind: 'refused', reason })
})
