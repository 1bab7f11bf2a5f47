import avro from 'avsc'
import type { Schema } from 'avsc'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { TOPICS, topicSpecs } from '../../../../src/app/topics.ts'
import { PartitionTracker } from '../../../../src/app/tracker/partition-tracker.ts'
import { MemoryLog } from '../../../../src/io/log/memory-log.ts'
import { createRecordCodecs } from '../../../../src/io/schemas/record-codecs.ts'
import { openRegistry } from '../../../../src/io/schemas/registry/open-registry.ts'
import { MemoryStore } from '../../../../src/io/store/memory-store.ts'
import { RegistryServer } from '../../../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../../../support/registry-topics.ts'
import { interaction, START_MS, TEST_SETTINGS } from '../../../support/tracker-settings.ts'

const SCHEMA_FILE = new URL('../../../../schemas/interaction.v1.avsc', import.meta.url)

test('the tracker waits for a registry that is down, and then reads what another schema wrote', async () => {
  const server = await RegistryServer.start()
  const log = new MemoryLog()
  await log.ensureTopics(topicSpecs(1))
  const options = { topics: REGISTRY_TOPICS, timeoutMs: 2000, backoff: QUICK_BACKOFF }
  const codecs = createRecordCodecs(await openRegistry(registrySettings(server.url), options))
  const ours = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as unknown as { fields: object[] }
  const theirs = { ...ours, fields: [...ours.fields, { name: 'extra', type: 'string' }] } as unknown as Schema
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(server.put('interactions-value', theirs), 1)
  const events = ['a', 'b', 'c'].map((userId) => interaction('impression', userId, START_MS))
  const values = events.map((event, i) => {
    if (i !== 1) return codecs.interaction.encode(event)
    return Buffer.concat([frame, avro.Type.forSchema(theirs).toBuffer({ ...event, extra: 'x' })])
  })
  await log.append(
    values.map((value) => ({ topic: TOPICS.interactions, partition: 0, key: null, value, timestamp: 1 })),
  )
  const tracker = await PartitionTracker.open({
    log,
    store: new MemoryStore(),
    codecs,
    settings: TEST_SETTINGS,
    group: 'tracker',
    partition: 0,
    sliceSize: 10,
    cachedUsers: 10,
  })
  server.fail({ status: 503 })
  for (let turn = 0; turn < 2; turn++) {
    await expect(tracker.step({ partial: true })).rejects.toMatchObject({
      code: 'registry-unavailable',
      retryable: true,
    })
  }
  expect(tracker.counters).toMatchObject({ events: 0, deadLetters: 0 })
  server.recover()
  expect(await tracker.step({ partial: true })).toBe(3)
  expect(tracker.counters).toMatchObject({ events: 3, deadLetters: 0, users: 3 })
  expect(await log.endOffset(TOPICS.deadLetters, 0)).toBe(0)
})
