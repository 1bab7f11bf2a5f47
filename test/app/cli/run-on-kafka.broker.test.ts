import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { openWorldAsFound } from '../../../src/app/wire.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { finishCli, runCli, startCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { freePorts } from '../../support/kafka/free-ports.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { kafkaSection } from '../../support/kafka/kafka-config.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'

const EVENTS = 4000

/** The state of a user is there, is erased, and is gone. */
async function eraseOverHttp(user: string): Promise<void> {
  const statusOf = async (): Promise<number> => (await fetch(`${user}/state`)).status
  await vi.waitFor(async () => expect(await statusOf()).toBe(200), { timeout: 20_000, interval: 100 })
  expect((await fetch(user, { method: 'DELETE' })).status).toBe(202)
  await vi.waitFor(async () => expect(await statusOf()).toBe(404), { timeout: 20_000, interval: 100 })
}

describeWithKafka('the program on Kafka', () => {
  let cluster: KafkaCluster
  let folder: string
  let config: string
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())
  beforeEach(async ({ task }) => {
    folder = await temporaryFolder()
    config = join(folder, 'kafka.yaml')
    const kafka = kafkaSection(cluster, `test-${task.id.replaceAll('_', '-')}`)
    // JSON is YAML.
    await writeFile(config, JSON.stringify({ ...SMALL_SETTINGS, log: 'kafka', partitions: 2, logLevel: 'warn', kafka }))
  })

  const on = (...args: string[]) => [
    ...args,
    '--config',
    config,
    '--data-dir',
    join(folder, args.join('-').slice(0, 40)),
  ]

  test('names a missing topic and how to make it', async () => {
    const { code, stderr } = await runCli(on('run', '--role', 'tracker', '--for', '1s'))
    expect(code).toBe(2)
    expect(stderr).toContain('there is no topic ')
    expect(stderr).toContain('10 more are missing; topics apply creates what is missing')
  })

  test('ingests to the topic once, tracks with two processes, ranks with one and a shadow, and serves and erases', async () => {
    expect((await runCli(['topics', 'apply', '--config', config])).code).toBe(0)
    const input = join(folder, 'input.jsonl')
    const lines = simulatedInteractions(EVENTS).map((interaction) => JSON.stringify(interaction))
    await writeFile(input, `${lines.join('\n')}\n`)
    for (const known of [0, EVENTS]) {
      const ingest = await runCli(on('ingest', 'jsonl', input, '--to-topic', '--json'))
      expect(JSON.parse(ingest.stdout)).toMatchObject({ rows: EVENTS, known })
    }
    const [port] = await freePorts(1)
    const [{ userId: kept }] = simulatedInteractions(EVENTS)
    const erased = simulatedInteractions(EVENTS).find(({ userId }) => userId !== kept)!.userId
    const roles = [
      on('run', '--role', 'api', '--set', `api.port=${port}`),
      on('run', '--role', 'tracker'),
      [...on('run', '--role', 'tracker', '--set', 'tracker.standby=true')],
      on('run', '--role', 'ranker'),
      on('run', '--role', 'ranker', '--set', 'ranker.shadow=other', '--set', 'ranker.mode=stan'),
    ]
    const processes = roles.map((args) => startCli(args))
    const ended = processes.map((child, i) => finishCli(child, roles[i].join(' ')))
    const world = await openWorldAsFound(await loadConfig({ file: config, environment: {}, flags: [] }))
    try {
      await vi.waitFor(
        async () => {
          for (const partition of [0, 1]) {
            const end = await world.log.endOffset(TOPICS.interactions, partition)
            expect(await world.log.committed(TRACKER_GROUP, TOPICS.interactions, partition)).toBeGreaterThanOrEqual(
              end - 1,
            )
          }
          for (const group of ['ranker', 'ranker-other']) {
            expect(await world.log.committed(group, TOPICS.trainingExamples, 0)).toBeGreaterThan(0)
          }
        },
        { timeout: 90_000, interval: 250 },
      )
      await eraseOverHttp(`http://127.0.0.1:${port}/v1/users/${erased}`)
    } finally {
      for (const child of processes) child.kill('SIGTERM')
      await world.close()
    }
    for (const { code, stderr } of await Promise.all(ended)) expect({ code, stderr }).toMatchObject({ code: 0 })
    const state = await runCli(['state', kept, '--config', config, '--json'])
    expect(JSON.parse(state.stdout)).toMatchObject({ userId: kept })
    // The main ranker's alone; a shadow publishes none.
    const bundles = await runCli(['cat', 'model-bundles', '--config', config])
    expect(
      bundles.stdout
        .trim()
        .split('\n')
        .every((line) => line.includes('"mode":"stan-gated"')),
    ).toBe(true)
  })
})
