import { expect, test } from 'vitest'
import { auditLog } from '../../../src/app/erasure/audit-log.ts'
import { mentionsId } from '../../../src/app/erasure/mentions-id.ts'
import { userOfRecord } from '../../../src/app/erasure/users-of-record.ts'
import { TOPICS, topicSpecs } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { memoryWorld } from '../../../src/app/wire.ts'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'

const codecs = createRecordCodecs()
const bytes = (text: string): Buffer => Buffer.from(text)

test.each([
  ['a long id anywhere', 'xxuser-00000042yy', 'user-00000042', true],
  ['a short id as a word of its own', '{"user":"12345"}', '12345', true],
  ['no short id within another', '{"user":"123456"}', '12345', false],
  ['a short id that comes again behind such a place', '123456 12345', '12345', true],
  ['no id of fewer than four bytes', '{"user":"123"}', '123', false],
])('bytes hold %s', (_, text, id, isHeld) => {
  expect(mentionsId(bytes(text), bytes(id))).toBe(isHeld)
})

test.each([
  ['its JSON says so', null, '{"userId":"7","hour":9}', '7'],
  ['a number in its JSON says so', null, '{"user_id":7}', '7'],
  ['its key says so', '7', 'no record', '7'],
  ['its first column says so', null, '7,1234,99', '7'],
  ['nothing says so, though the number is in it', null, '{"userId":"8","hour":7}', null],
  ['nothing says so in a later column', null, '8,7,99', null],
])('a dead letter is of a user with a short id where %s', (_, key, value, user) => {
  const record = { offset: 0, timestamp: 0, key: key === null ? null : bytes(key), value: bytes(value) }
  expect(userOfRecord(TOPICS.deadLetters, record, new Map([['7', bytes('7')]]), codecs)).toBe(user)
})

test('an interaction under another key is of the user that it names', () => {
  const [event] = simulatedInteractions(1)
  const record = { offset: 0, timestamp: 0, key: bytes('shard-3'), value: codecs.interaction.encode(event) }
  const users = new Map([[event.userId as string, bytes(event.userId)]])
  expect(userOfRecord(TOPICS.interactions, record, users, codecs)).toBe(event.userId)
  expect(userOfRecord(TOPICS.userStates, record, users, codecs)).toBeNull()
})

test('an audit of a log that lies elsewhere names every record of the user, tombstones included, and of nobody else', async () => {
  const world = await memoryWorld(configSchema.parse({ partitions: 2 }))
  expect(topicSpecs(2).length).toBeGreaterThan(5)
  const events = simulatedInteractions(50)
  const user = events[0].userId
  await world.log.append([
    ...events.map((event) => ({
      topic: TOPICS.interactions,
      partition: 1,
      key: bytes(event.userId),
      value: codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
    erasureRecord(1, user, 5),
  ])
  const places: string[] = []
  for await (const { place } of auditLog(world.log, user, codecs)) places.push(place)
  const theirs = events.flatMap(({ userId }, i) => (userId === user ? [`interactions/1@${i}`] : []))
  expect(places).toEqual([...theirs, 'interactions/1@50'])
  await world.close()
})
