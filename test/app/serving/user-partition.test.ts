import { afterEach, expect, test } from 'vitest'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { partitionOfUser } from '../../../src/app/partition-of-user.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const PARTITIONS = 3
let fixture: ApiFixture
afterEach(() => fixture.close())

test('a user whose producer partitions otherwise is erased where they are', async () => {
  const config = { ...smallConfig(), partitions: PARTITIONS }
  fixture = await openApiFixture(config)
  const { log, codecs } = fixture.world
  const events = simulatedInteractions(400)
  const [{ userId }] = events
  const elsewhere = (partitionOf(userId, PARTITIONS) + 1) % PARTITIONS
  const own = events.filter((event) => event.userId === userId)
  await log.append(
    own.map((event) => ({
      topic: TOPICS.interactions,
      partition: elsewhere,
      key: Buffer.from(userId),
      value: codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
  )
  await fixture.settle()
  expect(await partitionOfUser(log, userId)).toBe(elsewhere)
  expect(await partitionOfUser(log, 'nobody')).toBe(partitionOf('nobody', PARTITIONS))
  const answer = await fixture.app.inject({ method: 'DELETE', url: `/v1/users/${userId}` })
  expect(answer.json()).toMatchObject({ position: { partition: elsewhere, offset: own.length } })
  await fixture.settle()
  expect((await fixture.app.inject({ url: `/v1/users/${userId}/state` })).statusCode).toBe(404)
})

test('a tombstone, which is all that compaction leaves of an erased user, tells of no partition', async () => {
  fixture = await openApiFixture({ ...smallConfig(), partitions: PARTITIONS })
  const { log } = fixture.world
  const usual = partitionOf('gone', PARTITIONS)
  const partition = (usual + 1) % PARTITIONS
  await log.append([{ topic: TOPICS.userStates, partition, key: Buffer.from('gone'), value: null, timestamp: 0 }])
  expect(await partitionOfUser(log, 'gone')).toBe(usual)
})
