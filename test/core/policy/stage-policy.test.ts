import { describe, expect, test } from 'vitest'
import type { ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import { STAGES, type Stage } from '../../../src/core/contracts/stage.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { CHANNELS, type Channel, policySettings } from '../../../src/core/policy/policy-settings.ts'
import { StagePolicy } from '../../../src/core/policy/stage-policy.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { plantedExamples, TASKS } from '../ranker/planted-examples.ts'

const DAY_MS = 86_400_000
const start = 1_700_000_000_000
const settings = policySettings({ tasks: TASKS, floor: 0.1, halfLifeDays: 14 })
const [template] = plantedExamples(1)

function exampleOf(user: string, stage: Stage, context: Record<string, string>, clicked: boolean, timeMs: number) {
  const label = clicked ? 1 : 0
  const tasks = template.tasks.map((task) => ({ ...task, trial: true, label }))
  const ids = { userId: user as UserId, itemId: 'i1' as ItemId }
  return { ...template, ...ids, stage, context, tasks, kind: 'final', impressionTime: timeMs } as TrainingExample
}

/** Shows every channel alike; each is clicked with its own rate. */
function teach(policy: StagePolicy, stage: Stage, rates: Record<Channel, number>, users: number, seed = 1): void {
  const random = createSeededRandom(seed)
  for (let i = 0; i < 4000; i++) {
    const channel = CHANNELS[i % CHANNELS.length]
    const clicked = random.next() < rates[channel]
    policy.learn(exampleOf(`u${random.nextInt(users)}`, stage, { channel }, clicked, start + i * 1000))
  }
}

/** Mean quotas over many requests of users without evidence of their own. */
function meanQuotas(policy: StagePolicy, stage: Stage): Record<Channel, number> {
  const sums = { popular: 0, fresh: 0, similar: 0, exploration: 0 }
  for (let i = 0; i < 50; i++) {
    const { quotas } = policy.decide(`other-${i}` as UserId, stage, 40, start + DAY_MS)
    for (const channel of CHANNELS) sums[channel] += quotas[channel] / 50
  }
  return sums
}

describe('stage policy', () => {
  test('shares any count out in whole quotas that sum to it, with the floor for exploration', () => {
    const policy = new StagePolicy(settings)
    teach(policy, 'stick', { popular: 0.5, fresh: 0.1, similar: 0.5, exploration: 0.05 }, 500)
    for (const stage of STAGES) {
      for (const count of [0, 1, 2, 7, 30, 101]) {
        const { quotas } = policy.decide('ann' as UserId, stage, count, start + DAY_MS)
        const values = Object.values(quotas)
        expect(values.every((quota) => Number.isInteger(quota) && quota >= 0)).toBe(true)
        expect(values.reduce((sum, quota) => sum + quota, 0)).toBe(count)
        expect(quotas.exploration).toBeGreaterThanOrEqual(Math.min(count, Math.ceil(0.1 * count)))
      }
    }
    expect(() => policy.decide('ann' as UserId, 'new', 1.5, start)).toThrow('Cannot share out 1.5 candidates')
  })

  test('gives most slots to what a stage clicks most, and knows nothing of other stages by that', () => {
    const policy = new StagePolicy(settings)
    teach(policy, 'new', { popular: 0.3, fresh: 0.1, similar: 0.1, exploration: 0.1 }, 2000)
    teach(policy, 'loyal', { popular: 0.1, fresh: 0.1, similar: 0.3, exploration: 0.1 }, 2000, 2)
    expect(meanQuotas(policy, 'new').popular).toBeGreaterThan(30)
    expect(meanQuotas(policy, 'loyal').similar).toBeGreaterThan(30)
    for (const quota of Object.values(meanQuotas(policy, 'wander'))) expect(quota).toBeGreaterThan(5)
  })

  test('follows a user against the stage where the user has evidence', () => {
    const policy = new StagePolicy(settings)
    teach(policy, 'loyal', { popular: 0.3, fresh: 0.1, similar: 0.1, exploration: 0.1 }, 2000)
    for (let i = 0; i < 400; i++) {
      const channel = CHANNELS[i % 4]
      policy.learn(exampleOf('ann', 'loyal', { channel }, channel === 'fresh', start + i * 1000))
    }
    const { quotas, posteriors } = policy.decide('ann' as UserId, 'loyal', 40, start + DAY_MS)
    expect(quotas.fresh).toBeGreaterThan(30)
    expect(posteriors.find(({ option }) => option === 'fresh')!.ownEvidence).toBeGreaterThan(90)
    expect(meanQuotas(policy, 'loyal').popular).toBeGreaterThan(30)
  })

  test('forgets: half of the evidence after a half-life', () => {
    const policy = new StagePolicy(settings)
    policy.learn(exampleOf('ann', 'new', { channel: 'popular' }, true, start))
    const own = (timeMs: number) =>
      policy.decide('ann' as UserId, 'new', 1, timeMs).posteriors.find(({ option }) => option === 'popular')!
        .ownEvidence
    expect(own(start)).toBe(1)
    expect(own(start + 14 * DAY_MS)).toBeCloseTo(0.5, 12)
    policy.learn(exampleOf('ann', 'new', { channel: 'popular' }, true, start + 14 * DAY_MS))
    expect(own(start + 14 * DAY_MS)).toBeCloseTo(1.5, 12)
    // Late evidence counts as of its own time.
    policy.learn(exampleOf('ann', 'new', { channel: 'popular' }, true, start))
    expect(own(start + 14 * DAY_MS)).toBeCloseTo(2, 12)
  })

  test('learns which fusion a stage answers to', () => {
    const policy = new StagePolicy(settings)
    const random = createSeededRandom(4)
    for (let i = 0; i < 4000; i++) {
      const fusion = Object.keys(settings.fusions)[i % 4]
      const clicked = random.next() < (fusion === 'order-first' ? 0.4 : 0.2)
      policy.learn(exampleOf(`u${i}`, 'loyal', { fusion }, clicked, start + i))
    }
    const { fusion, rankWeights, preRankWeights } = policy.decide('bob' as UserId, 'loyal', 10, start)
    expect({ fusion, rankWeights }).toEqual({ fusion: 'order-first', rankWeights: [1, 1, 3] })
    expect(preRankWeights[2]).toBeGreaterThan(preRankWeights[0])
  })

  test('turns the failure that it counted into a success when a correction comes', () => {
    const policy = new StagePolicy(settings)
    const late = exampleOf('ann', 'new', { channel: 'popular' }, false, start)
    policy.learn(late)
    const corrected = { ...exampleOf('ann', 'new', { channel: 'popular' }, true, start), kind: 'correction' as const }
    policy.learn(corrected)
    const other = new StagePolicy(settings)
    other.learn(exampleOf('ann', 'new', { channel: 'popular' }, true, start))
    expect(policy.snapshot()).toEqual(other.snapshot())
  })

  test('answers the same from a snapshot that went through JSON, and when asked again', () => {
    const policy = new StagePolicy(settings)
    teach(policy, 'stick', { popular: 0.3, fresh: 0.1, similar: 0.2, exploration: 0.1 }, 100)
    const restored = new StagePolicy(settings)
    restored.restore(JSON.parse(JSON.stringify(policy.snapshot())))
    for (const user of ['u1', 'u2', 'nobody'] as UserId[]) {
      const decision = policy.decide(user, 'stick', 20, start + DAY_MS)
      expect(policy.decide(user, 'stick', 20, start + DAY_MS)).toEqual(decision)
      expect(restored.decide(user, 'stick', 20, start + DAY_MS)).toEqual(decision)
    }
    const more = exampleOf('u1', 'stick', { channel: 'fresh' }, true, start + DAY_MS)
    policy.learn(more)
    restored.learn(more)
    expect(restored.snapshot().evidence.shared).toEqual(policy.snapshot().evidence.shared)
    const changed = policy.decide('u1' as UserId, 'stick', 20, start + 2 * DAY_MS)
    expect(restored.decide('u1' as UserId, 'stick', 20, start + 2 * DAY_MS)).toEqual(changed)
  })

  test('forgets an erased user, and the user of the oldest evidence where there are too many', () => {
    const policy = new StagePolicy(policySettings({ tasks: TASKS, maxUsers: 2 }))
    for (const [i, user] of ['a', 'b', 'a', 'c'].entries()) {
      policy.learn(exampleOf(user, 'new', { channel: 'popular' }, true, start + i))
    }
    expect(policy.snapshot().evidence.users.map(([user]) => user)).toEqual(['a', 'c'])
    policy.eraseUser('a' as UserId)
    expect(policy.snapshot().evidence.users.map(([user]) => user)).toEqual(['c'])
    const changes = policy.takeChanges()
    expect(new Map(changes.users).get('b')).toBeNull()
    expect(new Map(changes.users).get('a')).toBeNull()
    expect(policy.takeChanges()).toEqual({ shared: [], users: [] })
  })

  test('does not learn from what names neither a channel nor a fusion', () => {
    const policy = new StagePolicy(settings)
    policy.learn(exampleOf('ann', 'new', { channel: 'elsewhere', tab: 'x' }, true, start))
    expect(policy.snapshot().evidence).toEqual({ shared: [], users: [] })
  })
})

test.each([
  [{ floor: 1.5 }, 'floor is 1.5'],
  [{ halfLifeDays: 0 }, 'halfLifeDays is 0'],
  [{ fusions: {} }, 'no fusion'],
  [{ fusions: { even: [1] } }, 'need 3 numbers each'],
  [{ priorSuccesses: 0 }, 'strength of a prior'],
])('a policy refuses %j', (choice, reason) => {
  expect(() => policySettings({ tasks: TASKS, ...choice })).toThrow(reason)
})
