import { beforeAll, describe, expect, test } from 'vitest'
import type { AbPlan } from '../../../src/app/ab/ab-plan.ts'
import { type Arm, armsOf, sameArmTwice } from '../../../src/app/ab/arms.ts'
import { compareArms, MEASURES, summarise } from '../../../src/app/ab/compare-arms.ts'
import { ArmPlay } from '../../../src/app/ab/play-arm.ts'
import { playWorld } from '../../../src/app/ab/play-world.ts'
import { splitUsers } from '../../../src/app/ab/split-users.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { smallConfig } from '../../support/small-config.ts'

const config = smallConfig()
const [ple] = armsOf({ modes: ['ple'], policies: ['none'], fusions: ['geometric'] })
const yardsticks = armsOf({ modes: ['random', 'oracle'], policies: ['none'], fusions: ['geometric'] })

function planOf(arms: readonly Arm[], changes: Partial<AbPlan> = {}): AbPlan {
  const sizes = {
    users: 60,
    items: 60,
    appeal: 'level' as const,
    warmupDays: 1,
    days: 2,
    worlds: 1,
    seed: 3,
    candidates: 12,
    places: 5,
  }
  return { config, arms, ...sizes, slotMs: 3_600_000, satisfaction: true, ...changes }
}

beforeAll(() => chooseBackend('wasm'))

describe('the simulated A/B test', () => {
  test('finds a difference where there is none as often as its intervals say', async () => {
    const splits = 60
    const worlds = 8
    const misses = Object.fromEntries(MEASURES.map((measure) => [measure, 0]))
    const arms = sameArmTwice([ple])
    for (let world = 0; world < worlds; world++) {
      // A ranking that learns nothing: all users could as well be of either arm.
      const played = await new ArmPlay(
        planOf(yardsticks, { users: 200, days: 3 }),
        yardsticks[0],
        world,
        () => true,
      ).play(() => {})
      for (let split = 0; split < splits; split++) {
        const groups = splitUsers(200, 2, 100 * world + split)
        const result = summarise({ arms }, [compareArms({ arms }, { groups, arms: [played, played] })])
        for (const measure of MEASURES) {
          const { low, high } = result.differences[0].measures[measure].halves!
          if (low > 0 || high < 0) misses[measure]++
        }
      }
    }
    for (const measure of MEASURES) {
      const share = misses[measure] / (splits * worlds)
      expect({ measure, share }).toEqual({ measure, share: expect.closeTo(0.05, 1) })
      expect(share).toBeGreaterThan(0.02)
      expect(share).toBeLessThan(0.085)
    }
  }, 60_000)

  test('shows two equal arms the very same world: nothing differs for any user', async () => {
    const twice = sameArmTwice([ple]).map((arm) => ({ ...arm, seedOffset: 0 }))
    const plan = planOf(twice)
    const world = await playWorld(plan, 0, () => {})
    expect(world.arms[0]).toEqual(world.arms[1])
    const { differences } = compareArms(plan, world)
    expect(differences[0].ctr.paired).toEqual({ value: 0, standardError: 0 })
    // The halves are of different users.
    expect(differences[0].ctr.halves!.standardError).toBeGreaterThan(0)
    const other = await playWorld(planOf(sameArmTwice([ple])), 0, () => {})
    expect(other.arms[0]).toEqual(world.arms[0])
    expect(other.arms[1].test.clicks).not.toEqual(world.arms[1].test.clicks)
  }, 60_000)

  test('serves each arm its own users alone', async () => {
    const plan = planOf([ple, ...yardsticks])
    const mine = (user: number) => user % 3 === 0
    const alone = await new ArmPlay(plan, ple, 0, mine).play(() => {})
    expect(alone.test.impressions.some((count, user) => !mine(user) && count > 0)).toBe(false)
    expect(alone.test.impressions.some((count) => count > 0)).toBe(true)
    expect(alone.before.impressions.some((count) => count > 0)).toBe(true)
  })

  test('has room to win: the truth is far above chance', async () => {
    const plan = planOf(yardsticks, { users: 200 })
    const { means, differences } = compareArms(plan, await playWorld(plan, 0, () => {}))
    expect(means[1].ctr).toBeGreaterThan(1.2 * means[0].ctr)
    expect(differences[0].ctr.paired.value).toBeGreaterThan(4 * differences[0].ctr.paired.standardError)
    expect(differences[0].ctr.halves).toBeNull()
  })

  test('lets retention depend on what was shown only where it is asked for', async () => {
    const days = { users: 200, days: 6 }
    const visitsOf = async (satisfaction: boolean) =>
      (await playWorld(planOf(yardsticks, { ...days, satisfaction }), 0, () => {})).arms.map(
        ({ test: { activeDays } }) => activeDays,
      )
    const [plainRandom, plainOracle] = await visitsOf(false)
    expect(plainOracle).toEqual(plainRandom)
    const [random, oracle] = await visitsOf(true)
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
    expect(sum(oracle)).toBeGreaterThan(sum(random))
  })

  test.each(['fixed', 'quotas', 'thompson'] as const)('plays the policy %s', async (policy) => {
    const [arm] = armsOf({ modes: ['ple'], policies: [policy], fusions: ['posterior'] })
    const play = () => new ArmPlay(planOf([arm]), arm, 0, () => true).play(() => {})
    const played = await play()
    expect(played.test.clicks.some((count) => count > 0)).toBe(true)
    expect(await play()).toEqual(played)
  })
})
