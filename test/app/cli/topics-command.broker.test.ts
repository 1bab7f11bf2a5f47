import { afterAll, beforeAll, expect, test } from 'vitest'
import { callProgram } from '../../support/call-program.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'

describeWithKafka('topics', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  const topics = (action: string, settings: Record<string, string> = {}, ...flags: string[]) => {
    const all = {
      log: 'kafka',
      'kafka.brokers': `[${cluster.bootstrapServers.join(',')}]`,
      'kafka.prefix': 'shop.',
      'kafka.topics.userStates': 'crm.user-state',
      'kafka.replicationFactor': '1',
      'kafka.minInSyncReplicas': '1',
      partitions: '2',
      ...settings,
    }
    const pairs = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    return callProgram(['topics', action, ...pairs, ...flags])
  }

  test('plan, apply, and plan again: all missing, all made, nothing to do', async () => {
    const missing = await topics('plan')
    expect({ code: missing.code, stderr: missing.stderr }).toEqual({
      code: 2,
      stderr: 'stan-lifecycle: Cannot find the topics as they should be: 11 differences; topics apply makes them so\n',
    })
    const lines = missing.stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(12)
    expect(lines[0]).toMatch(/^topic +setting +is +should be$/)
    expect(lines.find((line) => line.startsWith('shop.interactions'))).toMatch(
      /^shop\.interactions +all +missing +partitions=2 replication\.factor=1 cleanup\.policy=delete message\.timestamp\.type=LogAppendTime min\.insync\.replicas=1 retention\.ms=604800000 retention\.bytes=-1$/,
    )
    expect(lines.find((line) => line.startsWith('crm.user-state'))).toMatch(/cleanup\.policy=compact/)

    expect(await topics('apply')).toEqual({ code: 0, stdout: missing.stdout, stderr: '' })
    const nothing = { code: 0, stdout: 'The topics are as they should be\n', stderr: '' }
    expect(await topics('plan')).toEqual(nothing)
    expect(await topics('apply')).toEqual(nothing)
    expect((await topics('plan', {}, '--json')).stdout).toBe('{\n  "differences": []\n}\n')

    const longer = await topics('plan', { 'kafka.retentionDays': '8' }, '--json')
    expect(longer.code).toBe(2)
    expect((JSON.parse(longer.stdout) as { differences: unknown[] }).differences).toContainEqual({
      kind: 'setting',
      topic: 'shop.interactions',
      setting: 'retention.ms',
      present: '604800000',
      wanted: '691200000',
    })

    const more = await topics('apply', { partitions: '3' })
    expect(more).toMatchObject({ code: 2, stdout: '' })
    expect(more.stderr).toMatch(
      /^stan-lifecycle: Cannot change topic shop\.interactions from 2 to 3 partitions: [^\n]*replay[^\n]*\n$/,
    )
    expect((await topics('plan', { partitions: '3' })).stderr).toMatch(
      /7 differences; another partition count needs another kafka\.prefix\n$/,
    )
  })
})
