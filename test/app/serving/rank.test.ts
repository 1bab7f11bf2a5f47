import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rankerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { Access } from '../../../src/app/serving/access.ts'
import { createApi } from '../../../src/app/serving/serve-api.ts'
import { PolicyView } from '../../../src/app/serving/view/policy-view.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { encodeCheckpoint } from '../../../src/app/trainer/checkpoint-record.ts'
import { RANKER_GROUP } from '../../../src/app/trainer/open-trainer.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const events = simulatedInteractions(6000)
const base = smallConfig({ sliceSize: 256 })
// Window counts do not decay: the published state and the tracker's next impression say the same.
const config = {
  ...base,
  posterior: { ...base.posterior, mode: 'paper', evidence: 'observed', weight: 'unit' } as const,
  ranking: { ...base.ranking, weights: { stay: 0 }, stageWeights: { loyal: { ctr: 0, cvr: 1 } } },
}

interface Ranking {
  readonly known: boolean
  readonly stage: string
  readonly modelVersion: number
  readonly order: readonly string[]
  readonly candidates: readonly {
    itemId: string
    score: number
    scores: Record<string, number>
    gates?: Record<string, { experts: Record<string, number> }>
  }[]
  readonly explanation?: {
    weights: Record<string, number>
    stateTokens: Record<string, number>
    stateNumbers: number[]
  }
}

let fixture: ApiFixture

async function rank(body: unknown): Promise<{ status: number; body: Ranking }> {
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/rank', payload: body as object })
  return { status: answer.statusCode, body: answer.json<Ranking>() }
}

beforeAll(async () => {
  await chooseBackend('wasm')
  fixture = await openApiFixture(config, { ranker: true })
})
afterAll(() => fixture.close())

const candidates = [...new Map(events.map((event) => [event.itemId, event])).values()]
  .slice(0, 20)
  .map(({ itemId, itemFeatures = {} }) => ({ itemId, itemFeatures }))

describe('POST /v1/rank', () => {
  test('is not ready before there is a model', async () => {
    const { status, body } = await rank({ userId: 'ann', candidates })
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { detail: 'There is no model yet: the ranker has not published a checkpoint' },
    })
  })

  test('reads the features that the tracker freezes at the next impression', async () => {
    const cut = 4000
    for (let from = 0; from < cut; from += 1000) await fixture.track(events.slice(from, from + 1000))
    const seen = new Set(events.slice(0, cut).map(({ userId }) => userId))
    const next = events.slice(cut).filter(({ type, userId }) => type === 'impression' && seen.has(userId))
    const firsts = [...new Map(next.toReversed().map((event) => [event.userId, event])).values()]
    const before = new Map<string, Ranking>()
    for (const { userId, eventTime, itemId, itemFeatures, context, userFeatures } of firsts) {
      const time = new Date(eventTime).toISOString()
      const item = { itemId, itemFeatures }
      const { status, body } = await rank({ userId, candidates: [item], context, userFeatures, time, explain: true })
      expect(status).toBe(200)
      before.set(userId, body)
    }
    await fixture.track(events.slice(cut))
    const examples = new Map<string, TrainingExample>()
    for await (const { value } of readTopic(fixture.world.log, TOPICS.trainingExamples)) {
      const example = value && fixture.world.codecs.trainingExample.decodeOwn(value)
      if (example) examples.set(example.exampleId, example)
    }
    let compared = 0
    for (const { userId, eventId, eventTime } of firsts) {
      const example = examples.get(eventId)
      const outcomesBetween = events
        .slice(cut)
        .some((event) => event.userId === userId && event.type !== 'impression' && event.eventTime <= eventTime)
      if (!example || outcomesBetween) continue
      const { known, explanation } = before.get(userId)!
      expect(known).toBe(true)
      // A newer bundle moved medians and priors meanwhile: the tokens of rates and the stage probabilities hang on them.
      const fields = Object.keys(explanation!.stateTokens)
      const withoutRates = (tokens: readonly number[]) => tokens.filter((_, f) => !fields[f].startsWith('rate:'))
      expect(withoutRates(Object.values(explanation!.stateTokens))).toEqual(withoutRates([...example.stateTokens]))
      explanation!.stateNumbers
        .slice(0, -STAGES.length)
        .forEach((number, z) => expect(number).toBeCloseTo(example.stateNumbers[z], 5))
      compared++
    }
    expect(compared).toBeGreaterThan(20)
  })

  test('orders by the fused score, with the weights of the stage', async () => {
    const states = await fixture.view.statesAfter('', null, 1000)
    for (const stage of ['new', 'loyal'] as const) {
      const user = states.find((state) => state.stage === stage)!
      const { body } = await rank({ userId: user.userId, candidates, explain: true })
      expect(body).toMatchObject({ known: true, stage, modelVersion: fixture.pipeline.trainer!.latestBundleVersion })
      const weights = stage === 'loyal' ? { ctr: 0, stay: 0, cvr: 1 } : { ctr: 1, stay: 0, cvr: 1 }
      expect(body.explanation!.weights).toEqual(weights)
      for (const { score, scores } of body.candidates) {
        const fused = stage === 'loyal' ? scores.cvr : Math.sqrt(scores.ctr * scores.cvr)
        expect(score).toBeCloseTo(fused, 9)
      }
      const ranked = body.candidates.map(({ score }) => score)
      expect(ranked).toEqual(ranked.toSorted((a, b) => b - a))
      expect(new Set(ranked).size).toBeGreaterThan(5)
      expect(body.order).toEqual(body.candidates.map(({ itemId }) => itemId))
      expect([...body.order].sort()).toEqual(candidates.map(({ itemId }) => itemId).sort())
    }
  })

  test('explains the gates of each candidate, where it is asked to', async () => {
    const [user] = await fixture.view.statesAfter('', null, 1)
    const { body } = await rank({ userId: user.userId, candidates, explain: true })
    for (const { gates } of body.candidates) {
      for (const { name } of config.tasks) {
        const shares = Object.values(gates![name].experts)
        expect(Object.keys(gates![name].experts)).toEqual([`${name}-1`, 'shared-1'])
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
      }
    }
    expect((await rank({ userId: user.userId, candidates })).body.candidates[0].gates).toBeUndefined()
  })

  test('lets the weights follow the posterior of the user where the configuration says so', async () => {
    const { world, view, model } = fixture
    const ranking = { ...base.ranking, fusion: 'posterior' as const, posteriorStrength: 1 }
    const policy = await PolicyView.open(config, world, await world.viewStore('policy'))
    const options = { config: { ...config, ranking }, log: world.log, codecs: world.codecs, view, model, policy }
    const operations = { version: '1', metrics: new Registry(), whyNotReady: () => null }
    const app = await createApi(
      { ...options, nowMs: Date.now },
      await Access.open(config.api),
      operations,
      QUIET_LOGGER,
    )
    const weightsOf = async (userId: string) => {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/rank',
        payload: { userId, candidates, explain: true },
      })
      return answer.json<Ranking>().explanation!.weights
    }
    expect(await weightsOf('nobody')).toEqual({ ctr: 1, stay: 1, cvr: 1 })
    const [{ userId, tasks }] = await view.statesAfter('', null, 1)
    const { priorAlpha, priorBeta } = model.trackerModel().populations[0]
    const lift = tasks[0].alpha / (tasks[0].alpha + tasks[0].beta) / (priorAlpha / (priorAlpha + priorBeta))
    expect((await weightsOf(userId)).ctr).toBeCloseTo(Math.min(4, Math.max(0.25, lift)), 6)
    expect(Math.abs(lift - 1)).toBeGreaterThan(0.01)
    await app.close()
  })

  test('ranks for somebody who was never seen', async () => {
    const { status, body } = await rank({ userId: 'nobody', candidates })
    expect(status).toBe(200)
    expect(body).toMatchObject({ known: false, stage: 'new' })
    expect(body.candidates).toHaveLength(candidates.length)
  })

  test.each([
    [{ userId: 'ann', candidates: [] }],
    [{ userId: '', candidates }],
    [{ userId: 'ann', candidates, time: 'soon' }],
    [{ userId: 'ann', candidates: [{ itemId: 'i1', itemFeatures: { a: {} } }] }],
    [{ userId: 'ann', candidates, more: 1 }],
  ])('refuses %j', async (body) => {
    expect((await rank(body)).status).toBe(400)
  })

  test('keeps the model it has when a checkpoint is of other settings', async () => {
    const other = new Ranker(rankerSettingsOf({ ...config, ranker: { ...config.ranker, embeddingWidth: 8 } }))
    const head = { positions: [0], exampleCount: 1, bundleVersion: 99, eventTime: 0 }
    const record = {
      topic: TOPICS.checkpoints,
      partition: 0,
      key: Buffer.from(RANKER_GROUP),
      value: encodeCheckpoint(head, other.snapshot()),
      timestamp: 0,
    }
    other.dispose()
    const held = fixture.model.serving.version
    await fixture.world.log.append([record])
    await expect(fixture.model.serving.follow()).rejects.toThrow('Cannot restore the ranker')
    expect(fixture.model.serving.version).toBe(held)
    expect((await rank({ userId: 'ann', candidates })).status).toBe(200)
  })
})
