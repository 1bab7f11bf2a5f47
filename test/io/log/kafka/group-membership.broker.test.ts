import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Log } from '../../../../src/io/log/log.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { GROUP, openLog, ownSettings, pause } from '../../../support/kafka/log-on-kafka.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'

describeWithKafka('groups of the Kafka log', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  it('hold every partition once after members have come and gone', async () => {
    const settings = ownSettings(cluster, { sessionTimeoutMs: 6_000 })
    const logs = [await openLog(settings), await openLog(settings), await openLog(settings)]
    const held = logs.map(() => new Set<number>())
    const join = (index: number) =>
      logs[index].join(GROUP, 'events', {
        assigned: (partitions) => partitions.forEach((partition) => held[index].add(partition)),
        revoked: (partitions) => partitions.forEach((partition) => held[index].delete(partition)),
      })
    const members = await Promise.all(logs.map((_, index) => join(index)))
    for (const index of [0, 1, 2, 1, 0, 2]) {
      await members[index].leave()
      held[index].clear()
      members[index] = await join(index)
    }
    const check = (): void => {
      expect(held.map((partitions) => partitions.size)).toEqual([1, 1, 1])
      expect(new Set(held.flatMap((partitions) => [...partitions])).size).toBe(3)
      for (const [index, member] of members.entries()) expect([...held[index]]).toEqual(member.held())
    }
    await vi.waitFor(check, { timeout: 30_000, interval: 50 })
    await pause(1_000)
    check()
  })

  it('give a member that was restarted the partition of which it has a copy', async () => {
    const settings = ownSettings(cluster)
    const logs = [await openLog(settings), await openLog(settings), await openLog(settings)]
    const join = (log: Log, lags: Record<number, number>) =>
      log.join(GROUP, 'events', { assigned: () => {}, revoked: () => {}, lags: () => lags })
    const members = await Promise.all(logs.map((log) => join(log, {})))
    await vi.waitFor(() => expect(members.map((member) => member.held().length)).toEqual([1, 1, 1]), 20_000)
    const before = members.map((member) => member.held())
    for (const restarted of [2, 0]) {
      await members[restarted].leave()
      await logs[restarted].close()
      const others = members.filter((_, index) => index !== restarted)
      await vi.waitFor(() => expect(others.flatMap((member) => member.held())).toHaveLength(3), 20_000)
      logs[restarted] = await openLog(settings)
      members[restarted] = await join(logs[restarted], { [before[restarted][0]]: 3 })
      await vi.waitFor(() => expect(members.map((member) => member.held())).toEqual(before), 20_000)
    }
  })
})
