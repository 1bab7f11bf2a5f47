import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import type { Config } from '../../src/app/config/config-schema.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { Access } from '../../src/app/serving/access.ts'
import { createApi } from '../../src/app/serving/serve-api.ts'
import { ModelService } from '../../src/app/serving/view/model-service.ts'
import { PolicyView } from '../../src/app/serving/view/policy-view.ts'
import { UserView } from '../../src/app/serving/view/user-view.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { memoryWorld, type World } from '../../src/app/wire.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { Log } from '../../src/io/log/log.ts'
import { partitionOf } from '../../src/app/partition-of.ts'
import { QUIET_LOGGER } from './kafka/kafka-settings.ts'

/** The API on a log in memory, with tracker and, where it is asked for, ranker beside it. */
export interface ApiFixture {
  readonly config: Config
  readonly world: World
  readonly pipeline: Pipeline
  readonly view: UserView
  readonly model: ModelService
  readonly app: FastifyInstance
  /** Appends interactions, tracks them, and takes what comes out over into the view. */
  track(interactions: readonly Interaction[]): Promise<void>
  /** Tracks what is there, and takes it over. */
  settle(): Promise<void>
  get<Body = Record<string, unknown>>(url: string): Promise<Body>
  close(): Promise<void>
}

export interface ApiFixtureOptions {
  readonly ranker?: boolean
  readonly nowMs?: () => number
  /** Log of the API, made from the world's. */
  readonly logOf?: (log: Log) => Log
}

export async function openApiFixture(config: Config, options: ApiFixtureOptions = {}): Promise<ApiFixture> {
  const { ranker = false, nowMs = Date.now, logOf = (log) => log } = options
  const world = await memoryWorld(config)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker })
  const { log, codecs } = world
  const view = await UserView.open(log, codecs, await world.viewStore('view'))
  const model = await ModelService.open(config, world)
  const policy = await PolicyView.open(config, world, await world.viewStore('policy'))
  const operations = { version: '1.2.3', metrics: new Registry(), whyNotReady: () => view.whyNotReady() }
  const app = await createApi(
    { config, log: logOf(log), codecs, view, model, policy, nowMs },
    await Access.open(config.api),
    operations,
    QUIET_LOGGER,
  )
  const settle = async (): Promise<void> => {
    await pipeline.finish()
    while (await view.follow());
    while (await model.view.follow());
    while (await policy.follow());
    await model.serving.follow()
  }
  return {
    config,
    world,
    pipeline,
    view,
    model,
    app,
    settle,
    track: async (interactions) => {
      await log.append(
        interactions.map((interaction) => ({
          topic: TOPICS.interactions,
          partition: partitionOf(interaction.userId, config.partitions),
          key: Buffer.from(interaction.userId),
          value: codecs.interaction.encode(interaction),
          timestamp: interaction.eventTime,
        })),
      )
      await settle()
    },
    get: async <Body>(url: string): Promise<Body> => {
      const { statusCode, body } = await app.inject({ method: 'GET', url })
      if (statusCode !== 200) throw new Error(`GET ${url}: ${statusCode} ${body}`)
      return JSON.parse(body) as Body
    },
    close: async () => {
      await app.close()
      model.dispose()
      pipeline.dispose()
      await world.close()
    },
  }
}
