import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectStates, type StatesOptions, type UserStates } from '../../src/client.ts'
import { publishedStateOf } from '../../src/client/published-state.ts'
import type { Stage } from '../../src/core/contracts/stage.ts'
import type { UserStateRecord } from '../../src/core/contracts/user-state-record.ts'
import { openKafkaLog } from '../../src/io/log/kafka/kafka-log.ts'
import type { KafkaSettings } from '../../src/io/log/kafka/kafka-settings.ts'
import type { Log, OutputRecord } from '../../src/io/log/log.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { LOCAL_SCHEMA_TABLE } from '../../src/io/schemas/local-schema-table.ts'
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts'
import { QUIET_LOGGER } from '../support/kafka/kafka-settings.ts'
import { NEWEST_KAFKA } from '../support/kafka/kafka-versions.ts'
import { beginElsewhere, ownSettings } from '../support/kafka/log-on-kafka.ts'
import { describeWithKafka } from '../support/kafka/require-kafka.ts'
import { withAdmin } from '../support/kafka/with-admin.ts'
import { openPython, revive } from '../support/python/open-python.ts'
import { SAMPLE_RECORDS } from '../support/sample-records.ts'
import { USER_STATE_MAPPING } from '../../src/io/schemas/mappings/user-state-mapping.ts'

const PARTITIONS = 3
const TOPIC = 'user-states'
const GOLDEN_V1 = new URL('../fixtures/io/golden-userState.json', import.meta.url)
const codecs = createRecordCodecs()

/** What the rankings of the users rest on. */
const BASES = [
  ['ann', 'stick'],
  ['ben', 'not personal: unknown user'],
  ['cleo', 'loyal'],
  ['bad', 'not personal: unreadable'],
  ['712', 'wander'],
] as const

function recordOf(userId: string, stage: Stage): UserStateRecord {
  return { ...SAMPLE_RECORDS.userState, userId: userId as UserStateRecord['userId'], stage }
}

/** What the tracker publishes; null is the tombstone of an erased user. */
function published(userId: string, stage: Stage | null, partition = userId.length % PARTITIONS): OutputRecord {
  const value = stage && codecs.userState.encode(recordOf(userId, stage))
  return { topic: TOPIC, partition, key: Buffer.from(userId), value, timestamp: SAMPLE_RECORDS.userState.eventTime }
}

function stateOf(userId: string, stage: Stage) {
  return publishedStateOf(recordOf(userId, stage))
}

describeWithKafka('states of a Kafka topic', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  async function openTopic(): Promise<{ log: Log; settings: KafkaSettings }> {
    const settings = ownSettings(cluster)
    const log = await openKafkaLog(settings, QUIET_LOGGER, { mayCreateTopics: true })
    onTestFinished(() => log.close())
    await log.ensureTopics([{ name: TOPIC, partitions: PARTITIONS, cleanup: 'compact' }])
    return { log, settings }
  }

  async function connect({ prefix }: KafkaSettings, options: StatesOptions = {}): Promise<UserStates> {
    const states = await connectStates({ kafka: { brokers: cluster.bootstrapServers, prefix } }, options)
    onTestFinished(() => states.close())
    return states
  }

  it('are the latest that are committed, and follow what comes', async () => {
    const { log, settings } = await openTopic()
    await log.append([published('ann', 'new'), published('ben', 'new'), published('cleo', 'loyal')])
    await log.append([published('ann', 'stick'), published('ben', null)])
    const lost = await beginElsewhere(cluster, randomUUID())
    const { partition, key, value } = published('ann', 'loyal')
    await lost.send({
      topic: settings.prefix + TOPIC,
      messages: [{ partition, key: Buffer.from(key!), value: Buffer.from(value!) }],
    })
    await lost.abort()
    const states = await connect(settings)
    await states.ready
    expect(states.get('ann')).toMatchObject({ kind: 'fresh', state: stateOf('ann', 'stick') })
    expect(states.get('cleo')).toMatchObject({ kind: 'fresh', state: stateOf('cleo', 'loyal') })
    expect(states.get('ben')).toEqual({ kind: 'unknown' })
    expect(states.freshness()).toMatchObject({ users: 2, isStale: false })
    const changes = states.watch()
    await log.append([published('ann', 'wander')])
    expect((await changes.next()).value).toEqual({
      kind: 'state',
      state: stateOf('ann', 'wander'),
      previous: stateOf('ann', 'stick'),
    })
    await log.append([published('ann', null)])
    expect((await changes.next()).value).toMatchObject({ kind: 'erased', userId: 'ann' })
    expect(states.get('ann')).toEqual({ kind: 'unknown' })
  })

  it('are soon there: within a second on an idle topic', async () => {
    const { log, settings } = await openTopic()
    const states = await connect(settings)
    await states.ready
    const changes = states.watch()
    for (let round = 0; round < 5; round++) {
      const next = changes.next()
      const startedAt = performance.now()
      await log.append([published('ann', 'new')])
      await next
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    }
  })

  it('go on behind a record that is none', async () => {
    const { log, settings } = await openTopic()
    const onRejected = vi.fn<NonNullable<StatesOptions['onRejected']>>()
    const bad = { ...published('bad', 'new', 0), value: Buffer.from('{}') }
    const swapped = { ...published('ann', 'new', 0), key: Buffer.from('eve') }
    await log.append([published('bad', 'new', 0), bad, swapped, published('ann', 'new', 0)])
    const states = await connect(settings, { onRejected, onStale: 'mark' })
    await states.ready
    const topic = settings.prefix + TOPIC
    expect(onRejected.mock.calls.map(([rejected]) => rejected)).toEqual([
      { userId: 'bad', origin: `${topic}/0@1`, reason: 'the bytes do not begin with 0 and a schema id' },
      { userId: 'eve', origin: `${topic}/0@2`, reason: 'the key names another user than the record' },
    ])
    expect(states.get('bad')).toMatchObject({ kind: 'stale', reason: 'unreadable', state: stateOf('bad', 'new') })
    expect(states.get('ann').kind).toBe('fresh')
  })

  it('are read anew where the topic has lost what the view stands at', async () => {
    const { log, settings } = await openTopic()
    await log.append([published('ann', 'new', 0), published('eve', 'new', 0)])
    const states = await connect(settings)
    await states.ready
    const topic = settings.prefix + TOPIC
    await withAdmin(settings, async (admin) => {
      await admin.deleteTopics({ topics: [topic] })
      await vi.waitFor(async () => expect(await admin.listTopics()).not.toContain(topic), 20_000)
      const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }], waitForLeaders: true })
    })
    const other = await openKafkaLog(settings, QUIET_LOGGER, { mayCreateTopics: true })
    onTestFinished(() => other.close())
    await other.ensureTopics([{ name: TOPIC, partitions: PARTITIONS, cleanup: 'compact' }])
    await other.append([published('ann', 'loyal', 0)])
    await vi.waitFor(() => expect(states.get('ann')).toMatchObject({ state: { stage: 'loyal' } }), 60_000)
    await vi.waitFor(() => expect(states.get('eve')).toEqual({ kind: 'unknown' }), 10_000)
  })

  it('are refused while the broker is away, and lose nothing', async () => {
    const { log, settings } = await openTopic()
    await log.append([published('ann', 'new')])
    const states = await connect(settings, { maxLagMs: 3_000 })
    await states.ready
    const seen: string[] = []
    const reading = (async () => {
      for await (const change of states.watch({ userId: 'ann' })) {
        if (change.kind === 'state') seen.push(change.state.stage)
      }
    })()
    await cluster.stopNode(0)
    await vi.waitFor(() => expect(() => states.get('ann')).toThrow(/the view is \d+ s behind/), 20_000)
    await cluster.startNode(0)
    await vi.waitFor(() => log.append([published('ann', 'stick')]), 30_000)
    await log.append([published('ann', 'loyal')])
    await vi.waitFor(() => expect(seen.at(-1)).toBe('loyal'), 60_000)
    await vi.waitFor(() => expect(states.get('ann')).toMatchObject({ state: { stage: 'loyal' } }), 20_000)
    await states.close()
    await reading
  })

  it('cannot be had without a topic or a broker', async () => {
    const prefix = `${randomUUID()}.`
    await expect(connectStates({ kafka: { brokers: cluster.bootstrapServers, prefix } })).rejects.toMatchObject({
      code: 'unknown-topic',
      message: `Cannot read ${prefix}${TOPIC}: there is no such topic`,
    })
    await expect(connectStates({ kafka: { brokers: ['127.0.0.1:1'] } })).rejects.toMatchObject({
      code: 'broker-unreachable',
    })
  })

  const python = openPython(['kafka', 'fastavro'])

  describe.skipIf(python === null)('in Python', () => {
    it('are the same, under the same contract', async () => {
      const { log, settings } = await openTopic()
      await log.append([published('ann', 'new', 0), published('ben', 'new', 1), published('cleo', 'loyal', 2)])
      await log.append([published('ann', 'stick', 0), published('ben', null, 1)])
      await log.append([{ ...published('bad', 'new', 2), value: Buffer.from('{}') }])
      // Written by an earlier version of the program.
      const { hex } = JSON.parse(readFileSync(GOLDEN_V1, 'utf8')) as { hex: string }
      await log.append([{ ...published('712', 'new', 1), value: Buffer.from(hex, 'hex') }])
      const lost = await beginElsewhere(cluster, randomUUID())
      const value = Buffer.from(published('ann', 'loyal').value!)
      await lost.send({ topic: settings.prefix + TOPIC, messages: [{ partition: 0, key: 'ann', value }] })
      await lost.abort()
      const topic = settings.prefix + TOPIC
      const asked = python!('ask_user_states.py', {
        brokers: cluster.bootstrapServers.join(','),
        topic,
        users: ['ann', 'ben', 'cleo', 'bad', '712'],
        waitFor: { user: 'cleo', stage: 'wander' },
        candidates: [
          { itemId: 'clicked', scores: { ctr: 0.9, stay: 0.2, cvr: 0.1 } },
          { itemId: 'bought', scores: { ctr: 0.3, stay: 0.2, cvr: 0.5 } },
        ],
      })
      // Once it waits, or before: either way it sees it.
      setTimeout(() => void log.append([published('cleo', 'wander', 2)]).catch(() => {}), 8_000)
      const { answers, ...rest } = (await asked) as { answers: Record<string, unknown> }
      expect(revive(answers.ann)).toEqual(USER_STATE_MAPPING.toBody(recordOf('ann', 'stick')))
      expect(answers).toMatchObject({ ben: null, bad: 'stale: unreadable' })
      expect(revive(answers['712'])).toMatchObject({ userId: '712', stage: 'wander', activeDays: 0 })
      expect(rest).toEqual({
        schemas: Object.fromEntries(
          LOCAL_SCHEMA_TABLE.filter(({ name }) => name === 'user-state').map(({ id, name, version }) => [
            id,
            `${name}.v${version}.avsc`,
          ]),
        ),
        // Each append ends with a mark of its transaction.
        rejected: [['bad', `${topic}/2@2`]],
        rankings: BASES.map(([userId, basis]) => ({
          userId,
          order: ['clicked', 'bought'],
          basis,
        })),
        users: 3,
        stale: false,
        waited: 'wander',
        old: expect.stringMatching(/^stale: old/),
        behind: 'stale: behind',
        notKept: 'Cannot give the state of the user: the view does not keep it',
      })
    })
  })
})
