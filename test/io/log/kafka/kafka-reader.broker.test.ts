import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import {
  beginElsewhere,
  event,
  message,
  openLog,
  ownSettings,
  pause,
  recordsOf,
  state,
  textOf,
  valuesOf,
} from '../../../support/kafka/log-on-kafka.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { withAdmin } from '../../../support/kafka/with-admin.ts'

describeWithKafka('reading the Kafka log', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({
      version: NEWEST_KAFKA,
      nodes: 1,
      properties: { 'log.cleaner.backoff.ms': '200' },
    })
  })
  afterAll(() => cluster?.stop())

  it('leaves out aborted transactions that overlap, and keys that look like the end of one', async () => {
    const settings = ownSettings(cluster)
    const log = await openLog(settings)
    const topic = `${settings.prefix}events`
    const [first, second] = [await beginElsewhere(cluster, randomUUID()), await beginElsewhere(cluster, randomUUID())]
    await first.send({ topic, messages: [message('A')] })
    await second.send({ topic, messages: [message('B')] })
    await first.send({ topic, messages: [{ ...message('C'), key: Buffer.alloc(4) }, message('D')] })
    await second.abort()
    await first.abort()
    await log.append([event('kept')])
    expect(await valuesOf(log)).toEqual(['kept'])
    // From the middle as well, where the answer names transactions that began before.
    expect(await valuesOf(log, 'events', 0, 3)).toEqual(['kept'])
  })

  it('reaches the end where nothing but marks is left, and is quick there', async () => {
    const settings = ownSettings(cluster)
    const log = await openLog(settings)
    for (const value of ['a', 'b', 'c']) {
      const lost = await beginElsewhere(cluster, randomUUID())
      await lost.send({ topic: `${settings.prefix}events`, messages: [message(value)] })
      await lost.abort()
    }
    await vi.waitFor(async () => expect(await log.endOffset('events', 0)).toBe(6), { timeout: 10_000 })
    expect(await valuesOf(log)).toEqual([])
    const startedAt = performance.now()
    expect(await log.read('events', 0, 6, 10)).toEqual({ records: [], nextOffset: 6 })
    expect(performance.now() - startedAt).toBeLessThan(20)
  })

  it('reaches the end of a compacted topic and finds the latest record of each key', async () => {
    const settings = ownSettings(cluster)
    const config = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' }
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    await withAdmin(settings, (admin) =>
      admin.createTopics({ topics: [{ topic: `${settings.prefix}states`, numPartitions: 1, configEntries }] }),
    )
    const log = await openLog(settings)
    for (let round = 0; round < 6; round++) {
      await log.append(['a', 'b', 'c'].map((key) => state(key, `${key}${round}`)))
      await pause(150)
    }
    await vi.waitFor(
      async () => {
        await log.append([state('d', 'd')])
        expect(await recordsOf(log, 'states')).not.toHaveLength(0)
        const values = (await recordsOf(log, 'states')).map(textOf)
        expect(values.filter((value) => value?.startsWith('a'))).toEqual(['a5'])
      },
      { timeout: 60_000, interval: 500 },
    )
    const latest = new Map((await recordsOf(log, 'states')).map((record) => [String(record.key), textOf(record)]))
    expect(Object.fromEntries(latest)).toEqual({ a: 'a5', b: 'b5', c: 'c5', d: 'd' })
  })

  it('serves several readers of one partition, each from its own place', async () => {
    const log = await openLog(ownSettings(cluster))
    const values = Array.from({ length: 500 }, (_, index) => `${index}`)
    await log.append(values.map((value) => event(value)))
    const starts = [0, 100, 200, 300, 400]
    const read = await Promise.all(starts.map((from) => valuesOf(log, 'events', 0, from)))
    for (const [index, from] of starts.entries()) expect(read[index]).toEqual(values.slice(from))
  })

  it('knows a topic that was created after the first read', async () => {
    const log = await openLog(ownSettings(cluster))
    await log.append([event('a')])
    expect(await valuesOf(log)).toEqual(['a'])
    await log.ensureTopics([{ name: 'late', partitions: 2, cleanup: 'delete' }])
    await log.append([{ ...event('b', 1), topic: 'late' }])
    expect(await valuesOf(log, 'late', 1)).toEqual(['b'])
  })

  it('from before the first kept record fails, or goes on where the settings say', async () => {
    const settings = ownSettings(cluster)
    const log = await openLog(settings)
    await log.append(['0', '1', '2', '3'].map((value) => event(value)))
    const topic = `${settings.prefix}events`
    await withAdmin(settings, async (admin) => {
      // kafkajs has no leader to ask before it has asked for something else.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    })
    expect(await log.startOffset('events', 0)).toBe(3)
    expect(await valuesOf(log, 'events', 0, 0)).toEqual(['3'])
    await expect(valuesOf(log, 'events', 0, 1)).rejects.toMatchObject({ code: 'position-below-start' })
    expect(await valuesOf(await openLog({ ...settings, positionBelowStart: 'earliest' }), 'events', 0, 1)).toEqual([
      '3',
    ])
    expect(await valuesOf(await openLog({ ...settings, positionBelowStart: 'latest' }), 'events', 0, 1)).toEqual([])
  })
})
