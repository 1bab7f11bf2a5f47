import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PolicyView } from '../../../src/app/serving/view/policy-view.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { CHANNELS } from '../../../src/core/policy/policy-settings.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const config = { ...smallConfig({ partitions: 2 }), partitions: 2 }
/** Impressions say where they come from, in turn. */
const events = simulatedInteractions(6000).map((event, i) => {
  return event.type === 'impression' ? { ...event, context: { ...event.context, channel: CHANNELS[i % 4] } } : event
})

interface Decision {
  readonly known: boolean
  readonly stage: string
  readonly quotas: Record<string, number>
  readonly fusion: string
  readonly rankWeights: Record<string, number>
  readonly posteriors: readonly { option: string; task: string; alpha: number; ownEvidence: number }[]
}

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await openApiFixture(config)
})
afterEach(() => fixture.close())

async function decide(body: object): Promise<{ status: number; body: Decision }> {
  const answer = await fixture.app.inject({ method: 'POST', url: '/v1/policy', payload: body })
  return { status: answer.statusCode, body: answer.json<Decision>() }
}

describe('POST /v1/policy', () => {
  test('decides for anybody before it has learned anything', async () => {
    const { status, body } = await decide({ userId: 'nobody', count: 30 })
    expect({ status, body }).toMatchObject({ status: 200, body: { known: false, stage: 'new' } })
    expect(Object.values(body.quotas).reduce((sum, quota) => sum + quota, 0)).toBe(30)
    expect(Object.keys(body.rankWeights)).toEqual(config.tasks.map(({ name }) => name))
  })

  test('has the evidence of the examples that came back, with that of the user', async () => {
    await fixture.track(events)
    const { userId } = events[0]
    const { body } = await decide({ userId, count: 30 })
    expect(body.known).toBe(true)
    const own = body.posteriors.filter(({ option, task }) => option === 'popular' && task === 'ctr')
    expect(own).toHaveLength(1)
    expect(own[0].ownEvidence).toBeGreaterThan(1)
    const again = (await decide({ userId, count: 30 })).body
    expect({ ...again, freshness: null }).toEqual({ ...body, freshness: null })
  })

  test.each([{ userId: 'ann' }, { userId: 'ann', count: 0 }, { userId: 'ann', count: 1e6 }, { userId: '', count: 5 }])(
    'refuses %j',
    async (body) => {
      expect((await decide(body)).status).toBe(400)
    },
  )
})

describe('the policy view', () => {
  test('counts each example once, through restarts and a write that failed', async () => {
    await fixture.track(events.slice(0, 3000))
    const { world } = fixture
    const whole = await PolicyView.open(config, world, await world.viewStore('whole'))
    const store = await world.viewStore('cut')
    const apply = store.apply.bind(store)
    let failures = 0
    let cut = await PolicyView.open(config, world, store)
    await cut.follow()
    cut = await PolicyView.open(config, world, store)
    store.apply = async (batch) => {
      // The second time the batch is there although the writer heard of a failure.
      if (failures++ < 1) throw new Error('disk')
      await apply(batch)
      if (failures === 2) throw new Error('disk')
    }
    await fixture.track(events.slice(3000))
    await expect(cut.follow()).rejects.toThrow('disk')
    await expect(cut.follow()).rejects.toThrow('disk')
    while (await cut.follow());
    while (await whole.follow());
    const inOrder = ({ policy }: PolicyView) => {
      const { shared, users } = policy.snapshot().evidence
      return [shared.toSorted((a, b) => (a[0] < b[0] ? -1 : 1)), users.toSorted(([a], [b]) => (a < b ? -1 : 1))]
    }
    // Without a bundle everybody is new, and no stay has a label: four channels, two tasks.
    expect(whole.policy.snapshot().evidence.shared).toHaveLength(8)
    const reopened = await PolicyView.open(config, world, store)
    expect(await reopened.follow()).toBe(false)
    const sorted = JSON.parse(JSON.stringify(inOrder(whole), rowsInOrder)) as unknown
    expect(JSON.parse(JSON.stringify(inOrder(reopened), rowsInOrder))).toEqual(sorted)
  })

  test('forgets an erased user', async () => {
    await fixture.track(events.slice(0, 3000))
    const { userId } = events[0]
    const { world } = fixture
    const view = await PolicyView.open(config, world, await world.viewStore('policy-2'))
    while (await view.follow());
    expect(view.policy.snapshot().evidence.users.some(([user]) => user === userId)).toBe(true)
    await world.log.append([
      { topic: TOPICS.trainingExamples, partition: 0, key: Buffer.from(userId), value: null, timestamp: 0 },
    ])
    while (await view.follow());
    expect(view.policy.snapshot().evidence.users.some(([user]) => user === userId)).toBe(false)
  })
})

/** Sums that were made in another order of partitions are equal to rounding. */
function rowsInOrder(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}
