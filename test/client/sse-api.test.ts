import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Config } from '../../src/app/config/config-schema.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'
import { Access } from '../../src/app/serving/access.ts'
import { createApi } from '../../src/app/serving/serve-api.ts'
import { ModelService } from '../../src/app/serving/view/model-service.ts'
import { PolicyView } from '../../src/app/serving/view/policy-view.ts'
import { UserView } from '../../src/app/serving/view/user-view.ts'
import { partitionOf } from '../../src/app/partition-of.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { memoryWorld, type World } from '../../src/app/wire.ts'
import { erasureRecord } from '../../src/app/tracker/read-input.ts'
import { connectStates, type PublishedState, type StatesOptions, type UserStates } from '../../src/client.ts'
import { publishedStateOf } from '../../src/client/published-state.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import { QUIET_LOGGER } from '../support/kafka/kafka-settings.ts'
import { simulatedInteractions } from '../support/simulated-interactions.ts'
import { smallConfig } from '../support/small-config.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PARTITIONS = 2

/** The program's own API over a tracker in memory. */
class Server {
  readonly config: Config
  readonly world: World
  readonly pipeline: Pipeline
  #app: FastifyInstance | null = null
  #port = 0

  constructor(config: Config, world: World, pipeline: Pipeline) {
    this.config = config
    this.world = world
    this.pipeline = pipeline
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  static async start(api: Partial<Config['api']> = {}): Promise<Server> {
    const small = smallConfig({ partitions: PARTITIONS })
    const config = { ...small, api: { ...small.api, ...api } }
    const world = await memoryWorld(config)
    const server = new Server(config, world, await Pipeline.open(config, world, { tracker: true, ranker: false }))
    await server.listen()
    onTestFinished(() => server.stop())
    return server
  }

  /** On the port it had, the second time. */
  async listen(): Promise<void> {
    const { config, world } = this
    const view = await UserView.open(world.log, world.codecs, await world.viewStore('view'))
    const model = await ModelService.open(config, world)
    const policy = await PolicyView.open(config, world, await world.viewStore('policy'))
    const operations = { version: '1', metrics: new Registry(), whyNotReady: () => null }
    const options = { config, log: world.log, codecs: world.codecs, view, model, policy, nowMs: Date.now }
    this.#app = await createApi(options, await Access.open(config.api), operations, QUIET_LOGGER)
    await this.#app.listen({ port: this.#port, host: '127.0.0.1' })
    this.#port = (this.#app.server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    await this.#app?.close()
    this.#app = null
  }

  async track(interactions: readonly Interaction[]): Promise<void> {
    await this.world.log.append(
      interactions.map((interaction) => ({
        topic: TOPICS.interactions,
        partition: partitionOf(interaction.userId, PARTITIONS),
        key: Buffer.from(interaction.userId),
        value: this.world.codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
    )
    await this.pipeline.finish()
  }

  async erase(userId: string): Promise<void> {
    await this.world.log.append([erasureRecord(partitionOf(userId, PARTITIONS), userId, Date.now())])
    await this.pipeline.finish()
  }

  async published(): Promise<Map<string, PublishedState>> {
    const states = new Map<string, PublishedState>()
    for await (const { value } of readTopic(this.world.log, TOPICS.userStates)) {
      if (!value) continue
      const state = publishedStateOf(this.world.codecs.userState.decodeOwn(value))
      states.set(state.userId, state)
    }
    return states
  }
}

async function follow(server: Server, options: StatesOptions = {}, token?: string): Promise<UserStates> {
  const states = await connectStates({ sse: { url: server.url, embedding: true, token } }, options)
  onTestFinished(() => states.close())
  await states.ready
  return states
}

async function expectPublished(states: UserStates, server: Server): Promise<void> {
  const published = await server.published()
  expect(published.size).toBeGreaterThan(10)
  await vi.waitFor(() => {
    const seen = [...published.keys()].map((userId) => states.get(userId))
    expect(seen).toEqual([...published.values()].map((state) => expect.objectContaining({ kind: 'fresh', state })))
    expect(states.freshness().users).toBe(published.size)
  }, 5_000)
}

describe('the client and the API of the program', () => {
  it('hold the same states, at the start, as they come, and after an erasure', async () => {
    const events = simulatedInteractions(1200)
    const server = await Server.start()
    await server.track(events.slice(0, 600))
    const states = await follow(server)
    await expectPublished(states, server)
    const changes = states.watch()
    await server.track(events.slice(600))
    await expectPublished(states, server)
    expect((await changes.next()).value).toMatchObject({ kind: 'state', previous: {} })
    const { userId } = events[0]
    await server.erase(userId)
    await vi.waitFor(() => expect(states.get(userId)).toEqual({ kind: 'unknown' }))
  })

  it('are complete while states come without a pause, and stay so when none come', async () => {
    const events = simulatedInteractions(1200)
    const server = await Server.start()
    await server.track(events.slice(0, 300))
    const stop = new AbortController()
    const tracking = (async () => {
      let at = 300
      for (; at < events.length && !stop.signal.aborted; at += 5) {
        await server.track(events.slice(at, at + 5))
        await setTimeout(50)
      }
      return at
    })()
    const states = await follow(server, { maxLagMs: 2_500 })
    stop.abort()
    expect(await tracking).toBeLessThan(events.length)
    await expectPublished(states, server)
    await setTimeout(3_000)
    await expectPublished(states, server)
  })

  it('lose nothing while the API is down', async () => {
    const events = simulatedInteractions(1200)
    const server = await Server.start()
    await server.track(events.slice(0, 600))
    const onFailure = vi.fn<(error: Error) => void>()
    const states = await follow(server, { onFailure })
    await server.stop()
    await server.track(events.slice(600))
    await server.erase(events[0].userId)
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalled(), 5_000)
    await server.listen()
    await expectPublished(states, server)
    expect(states.get(events[0].userId)).toEqual({ kind: 'unknown' })
  })

  it('need the token that the API asks for', async () => {
    const readTokensFile = join(await temporaryFolder(), 'tokens')
    await writeFile(readTokensFile, 'secret\n')
    const server = await Server.start({ readTokensFile })
    await expect(follow(server)).rejects.toMatchObject({ code: 'api-refused' })
    const states = await follow(server, {}, 'secret')
    expect(states.freshness().isStale).toBe(false)
  })
})
