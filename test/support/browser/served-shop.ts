import { setTimeout } from 'node:timers/promises'
import type { Config } from '../../../src/app/config/config-schema.ts'
import { observedPipeline } from '../../../src/app/cli/observed-pipeline.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { type ApiService, openApiService } from '../../../src/app/serving/api-service.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import { QUIET_LOGGER } from '../kafka/kafka-settings.ts'
import { smallConfig } from '../small-config.ts'

const LOOK_EVERY_MS = 5
/** Of one request. */
const CHUNK = 500

/** The whole program in memory, its API on a free port: what is sent is tracked, trained on and served. */
export class ServedShop {
  readonly address: string
  private readonly pipeline: Pipeline
  private readonly api: ApiService
  private readonly world: World
  private readonly token: string | undefined

  private constructor(pipeline: Pipeline, api: ApiService, world: World, token: string | undefined) {
    this.pipeline = pipeline
    this.api = api
    this.world = world
    this.token = token
    this.address = api.address
  }

  static async open(api: Partial<Config['api']> = {}, token?: string): Promise<ServedShop> {
    await chooseBackend('wasm')
    const small = smallConfig()
    const config = { ...small, api: { ...small.api, port: 0, ...api } }
    const world = await memoryWorld(config)
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    const service = await openApiService(config, world, observedPipeline(world, pipeline), '1.2.3', QUIET_LOGGER)
    return new ServedShop(pipeline, service, world, token)
  }

  /** By the API, as clients do; everything that follows from it is published, and in the API's view, when this ends. */
  async send(interactions: readonly Interaction[]): Promise<void> {
    for (let from = 0; from < interactions.length; from += CHUNK) {
      await this.request('POST', '/v1/interactions', interactions.slice(from, from + CHUNK))
    }
    await this.pipeline.finish()
    while ((await this.api.view.lag()) > 0) await setTimeout(LOOK_EVERY_MS)
  }

  async erase(userId: string): Promise<void> {
    await this.request('DELETE', `/v1/users/${encodeURIComponent(userId)}`)
    await this.pipeline.finish()
  }

  async ask<Answer>(path: string): Promise<Answer> {
    return (await (await this.request('GET', path)).json()) as Answer
  }

  async close(): Promise<void> {
    await this.api.close()
    this.pipeline.dispose()
    await this.world.close()
  }

  private async request(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(this.address + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
}
