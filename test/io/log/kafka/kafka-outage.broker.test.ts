import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { LifecycleError } from '../../../../src/core/contracts/lifecycle-error.ts'
import type { Log, LogWriter } from '../../../../src/io/log/log.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import {
  event,
  GROUP,
  openLog,
  ownSettings,
  pause,
  positions,
  textOf,
  valuesOf,
} from '../../../support/kafka/log-on-kafka.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'

describeWithKafka('an outage under the Kafka log', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  it('of the only broker loses and doubles nothing of what is committed and read meanwhile', async () => {
    const settings = ownSettings(cluster, { requestTimeoutMs: 5_000 })
    const log = await openLog(settings)
    const changes: string[] = []
    await log.join(GROUP, 'events', {
      assigned: (partitions) => changes.push(`assigned ${partitions.join(',')}`),
      revoked: (partitions) => changes.push(`revoked ${partitions.join(',')}`),
    })
    let isOver = false
    let isLoaded = false
    const load = commitUntil(log, () => isOver)
    const followed = follow(log, () => isLoaded)
    await pause(1_000)
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await cluster.stopNode(0, signal)
      await pause(1_000)
      await cluster.startNode(0)
      await pause(3_000)
    }
    isOver = true
    // A commit may have been under way.
    const count = await load
    isLoaded = true
    const expected = Array.from({ length: count }, (_, index) => `${index}`)
    expect(count).toBeGreaterThan(20)
    expect(await valuesOf(log)).toEqual(expected)
    expect(await followed).toEqual(expected)
    expect(await log.committed(GROUP, 'events', 0)).toBe(count)
    expect(changes[0]).toBe('assigned 0,1,2')
  })

  it('is not waited for by a close', async () => {
    const log = await openLog(ownSettings(cluster))
    await log.join(GROUP, 'events', { assigned: () => {}, revoked: () => {} })
    const writer = await log.openWriter('a')
    await log.append([event('a')])
    await cluster.stopNode(0)
    const commit = writer.commit({ group: GROUP, outputs: [event('b')], positions: [] }).catch(() => {})
    const startedAt = performance.now()
    await log.close()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await cluster.startNode(0)
    await commit
  })

  it('of one node of three moves the leaders, and loses and doubles nothing', async () => {
    const three = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 3 })
    onTestFinished(() => three.stop())
    const log = await openLog(ownSettings(three, { requestTimeoutMs: 5_000 }))
    let isOver = false
    let isLoaded = false
    const load = commitUntil(log, () => isOver)
    const followed = follow(log, () => isLoaded)
    await pause(2_000)
    for (const node of [0, 1]) {
      await three.stopNode(node)
      await pause(6_000)
      await three.startNode(node)
      await pause(2_000)
    }
    isOver = true
    // A commit may have been under way.
    const count = await load
    isLoaded = true
    const expected = Array.from({ length: count }, (_, index) => `${index}`)
    expect(count).toBeGreaterThan(20)
    expect(await valuesOf(log)).toEqual(expected)
    expect(await followed).toEqual(expected)
    expect(await log.committed(GROUP, 'events', 0)).toBe(count)
  })
})

/** Numbers in order, one commit each; after an error that may pass the task opens a writer and asks how far it came. */
async function commitUntil(log: Log, isOver: () => boolean): Promise<number> {
  let writer: LogWriter | null = null
  let next = 0
  // An error leaves open whether its commit took effect: only a writer opened after it tells.
  while (!isOver() || writer === null) {
    try {
      if (writer === null) {
        writer = await log.openWriter('load')
        next = (await log.committed(GROUP, 'events', 0)) ?? 0
        continue
      }
      await writer.commit({ group: GROUP, outputs: [event(`${next}`)], positions: positions(next + 1) })
      next++
    } catch (error) {
      if (!(error instanceof LifecycleError && error.retryable)) throw error
      writer = null
    }
  }
  return next
}

async function follow(log: Log, isLoaded: () => boolean): Promise<(string | null)[]> {
  const values: (string | null)[] = []
  for (let offset = 0; ;) {
    const isLast = isLoaded() && offset >= (await log.endOffset('events', 0))
    const { records, nextOffset } = await log.read('events', 0, offset, 50)
    values.push(...records.map(textOf))
    if (isLast) return values
    if (nextOffset === offset) await pause(20)
    offset = nextOffset
  }
}
