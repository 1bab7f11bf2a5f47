import { describe, expect, test } from 'vitest'
import { describeRecord } from '../../../src/app/report/describe-record.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { encodeCheckpoint } from '../../../src/app/trainer/checkpoint-record.ts'
import { deadLetterHeaders } from '../../../src/io/schemas/dead-letter-headers.ts'
import { createRecordCodecs, type RecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const codecs = createRecordCodecs()
const record = (value: Uint8Array | null, headers?: Record<string, Uint8Array>) => {
  return { partition: 1, offset: 7, key: Buffer.from('712'), value, headers, timestamp: 1_650_812_741_436 }
}
const PLACE = { partition: 1, offset: 7, timestamp: '2022-04-24T15:05:41.436Z', key: '712' }

test.each([
  ['interaction', TOPICS.interactions],
  ['userState', TOPICS.userStates],
  ['stageTransition', TOPICS.stageTransitions],
  ['lifecycleAlert', TOPICS.lifecycleAlerts],
  ['trainingExample', TOPICS.trainingExamples],
  ['prediction', TOPICS.predictions],
  ['modelBundle', TOPICS.modelBundles],
] as const)('a record of type %s is described by its place and its fields', (name, topic) => {
  const codec = codecs[name] as RecordCodecs['interaction']
  const value = codec.encode(SAMPLE_RECORDS[name] as never)
  expect(describeRecord(topic, record(value), codecs)).toEqual({ ...PLACE, value: codec.decodeOwn(value) })
})

test('a tombstone has no value', () => {
  expect(describeRecord(TOPICS.userStates, record(null), codecs)).toEqual({ ...PLACE, value: null })
})

test('a checkpoint is described by its head and its size', () => {
  const head = { positions: [3], exampleCount: 64, bundleVersion: 2, eventTime: 5 }
  const value = encodeCheckpoint(head, new Uint8Array(9))
  expect(describeRecord(TOPICS.checkpoints, record(value), codecs).value).toEqual({ ...head, snapshotBytes: 9 })
})

test('bytes of the changelog are text or base64', () => {
  const described = describeRecord(
    TOPICS.changelog,
    { ...record(Buffer.from([0xff, 0])), key: Buffer.from('k') },
    codecs,
  )
  expect(described).toMatchObject({ key: 'k', value: { base64: '/wA=' } })
})

describe('a dead letter', () => {
  const letter = {
    cause: 'wrong-type',
    field: 'userId',
    reason: 'userId is 5, not text',
    origin: 'events.jsonl:12',
    bytes: Buffer.from('{"userId": 5, "city": "Köln"}'),
    byteLength: 30,
  } as const
  const describeLetter = (change: Partial<{ bytes: Uint8Array; byteLength: number }>, headers = {}) => {
    const dead = { ...letter, ...change }
    const all = deadLetterHeaders(dead, { headers, timestamp: 0, attempt: 2 })
    return describeRecord(TOPICS.deadLetters, record(dead.bytes, all), codecs)
  }

  test('is described by what is wrong, where it came from, and its text', () => {
    expect(describeLetter({})).toEqual({
      ...PLACE,
      cause: 'wrong-type',
      field: 'userId',
      reason: 'userId is 5, not text',
      origin: 'events.jsonl:12',
      attempt: 2,
      byteLength: 30,
      value: '{"userId": 5, "city": "Köln"}',
    })
  })

  test('keeps the headers of the bad record', () => {
    expect(describeLetter({}, { trace: Buffer.from('abc') })).toMatchObject({ headers: { trace: 'abc' } })
  })

  test('shows bytes that are no text as base64', () => {
    expect(describeLetter({ bytes: Buffer.from([0x61, 0xff]), byteLength: 2 }).value).toEqual({ base64: 'Yf8=' })
  })

  test('that was cut inside a character still shows the text before it', () => {
    const cut = letter.bytes.subarray(0, Buffer.byteLength('{"userId": 5, "city": "K') + 1)
    expect(describeLetter({ bytes: cut, byteLength: 30 }).value).toBe('{"userId": 5, "city": "K')
    expect(describeLetter({ bytes: cut, byteLength: cut.length }).value).toHaveProperty('base64')
  })
})
