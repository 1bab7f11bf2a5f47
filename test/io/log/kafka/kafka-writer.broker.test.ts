import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { KAFKA_COMPRESSIONS } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import {
  beginElsewhere,
  event,
  GROUP,
  message,
  openLog,
  ownSettings,
  positions,
  valuesOf,
} from '../../../support/kafka/log-on-kafka.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'

describeWithKafka('writers of the Kafka log', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  it('fence each other across processes', async () => {
    const settings = ownSettings(cluster)
    const [first, second] = [await openLog(settings), await openLog(settings)]
    const old = await first.openWriter('a')
    await old.commit({ group: GROUP, outputs: [event('1')], positions: positions(1) })
    const young = await second.openWriter('a')
    const late = old.commit({ group: GROUP, outputs: [event('late')], positions: positions(9) })
    await expect(late).rejects.toMatchObject({ code: 'fenced', retryable: false })
    await young.commit({ group: GROUP, outputs: [event('2')], positions: positions(2) })
    expect(await valuesOf(second)).toEqual(['1', '2'])
    expect(await first.committed(GROUP, 'events', 0)).toBe(2)
  })

  it('end the transaction that a lost owner left open, whose records nobody sees', async () => {
    const settings = ownSettings(cluster)
    const log = await openLog(settings)
    const lost = await beginElsewhere(cluster, `${settings.application}-a`)
    await lost.send({ topic: `${settings.prefix}events`, messages: [message('lost')] })
    await log.append([event('before')])
    expect(await log.endOffset('events', 0)).toBe(0)
    const startedAt = performance.now()
    const writer = await log.openWriter('a')
    await writer.commit({ group: GROUP, outputs: [event('after')], positions: positions(1) })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await valuesOf(log)).toEqual(['before', 'after'])
  })

  it('of at-least-once delivery write outputs first, and positions with and without a membership', async () => {
    const log = await openLog(ownSettings(cluster, { delivery: 'at-least-once' }))
    const writer = await log.openWriter('a')
    await writer.commit({ group: GROUP, outputs: [event('1'), event('2')], positions: positions(2) })
    expect(await log.committed(GROUP, 'events', 0)).toBe(2)
    const membership = await log.join(GROUP, 'events', { assigned: () => {}, revoked: () => {} })
    await writer.commit({ group: GROUP, outputs: [event('3')], positions: positions(3) })
    expect(await log.committed(GROUP, 'events', 0)).toBe(3)
    await membership.leave()
    expect(await log.append([event('4')])).toEqual([3])
    expect(await valuesOf(log)).toEqual(['1', '2', '3', '4'])
  })

  it('take events of any time, and have them kept by the time of their append', async () => {
    const log = await openLog(ownSettings(cluster))
    const writer = await log.openWriter('a')
    const startedMs = Date.now()
    const outputs = [0, startedMs + 7 * 86_400_000].map((timestamp) => ({ ...event(String(timestamp)), timestamp }))
    await writer.commit({ group: GROUP, outputs, positions: positions(2) })
    await vi.waitFor(async () => {
      const { records } = await log.read('events', 0, 0, 10)
      expect(records.map(({ value }) => Buffer.from(value!).toString())).toEqual(
        outputs.map(({ value }) => String(value)),
      )
      for (const { timestamp } of records) expect(Math.abs(timestamp - startedMs)).toBeLessThan(60_000)
    })
  })

  it.each(KAFKA_COMPRESSIONS)('carry a commit of many megabytes in order, with compression %s', async (compression) => {
    const log = await openLog(ownSettings(cluster, { compression }))
    const values = Array.from({ length: 4_000 }, (_, index) => `${index}:`.padEnd(1_200, `${index % 7}`))
    const writer = await log.openWriter('a')
    await writer.commit({ group: GROUP, outputs: values.map((value) => event(value)), positions: positions(1) })
    expect(await valuesOf(log)).toEqual(values)
  })

  it('refuse a record above the limit in one sentence, leave nothing of its commit, and are followed by others', async () => {
    const log = await openLog(ownSettings(cluster))
    const writer = await log.openWriter('a')
    const big = { ...event('x'), value: Buffer.alloc(2 * 1024 * 1024, 1) }
    const commit = writer.commit({ group: GROUP, outputs: [event('lost'), big], positions: positions(1) })
    await expect(commit).rejects.toMatchObject({
      code: 'record-too-large',
      message: expect.stringMatching(/^Cannot /),
    })
    await expect(log.append([event('lost too'), big])).rejects.toMatchObject({ code: 'record-too-large' })
    const next = await log.openWriter('a')
    await next.commit({ group: GROUP, outputs: [event('kept')], positions: [] })
    await log.append([event('also kept')])
    expect(await valuesOf(log)).toEqual(['kept', 'also kept'])
    expect(await log.committed(GROUP, 'events', 0)).toBeNull()
  })
})
