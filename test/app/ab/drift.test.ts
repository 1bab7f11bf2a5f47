import { beforeAll, describe, expect, test } from 'vitest'
import type { DayQuality, DriftPlan } from '../../../src/app/ab/drift-plan.ts'
import { driftWorld } from '../../../src/app/ab/drift-world.ts'
import { summariseDrift } from '../../../src/app/ab/recovery.ts'
import { renderDrift } from '../../../src/app/ab/render-drift.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { smallConfig } from '../../support/small-config.ts'

beforeAll(() => chooseBackend('wasm'))

const plan: DriftPlan = {
  config: smallConfig({ batchSize: 128 }),
  change: 'stages',
  users: 80,
  items: 60,
  daysBefore: 3,
  daysAfter: 3,
  worlds: 1,
  seed: 2,
}

describe('a world that changes', () => {
  test('leaves online and frozen the same ranker before it, and others after it', async () => {
    let days = 0
    const world = await driftWorld(plan, 0, () => void days++)
    expect(days).toBeGreaterThanOrEqual(12)
    expect(world.online.slice(0, 3)).toEqual(world.frozen.slice(0, 3))
    for (let day = 3; day < 6; day++) {
      expect(world.online[day].examples).toBe(world.frozen[day].examples)
      expect(world.online[day].examples).toBeGreaterThan(100)
    }
    expect(world.online[5].logLoss).toBeLessThan(world.frozen[5].logLoss)
    expect(world.reference.slice(0, 3)).not.toEqual(world.online.slice(0, 3))
    expect(await driftWorld(plan, 0, () => {})).toEqual(world)
  }, 60_000)
})

describe('recovery', () => {
  const days = (aucs: readonly number[]): DayQuality[] => aucs.map((auc) => ({ examples: 100, auc, logLoss: 1 - auc }))

  test('is the first day from which on a ranker stays by the reference', () => {
    const world = {
      online: days([0.7, 0.7, 0.6, 0.699, 0.68, 0.696, 0.7]),
      frozen: days([0.7, 0.7, 0.6, 0.6, 0.6, 0.6, 0.6]),
      reference: days([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]),
    }
    const result = summariseDrift({ daysBefore: 2 }, [world, world])
    // Close on day 1, away again on day 2: back from day 3 on.
    expect(result.recovery.online.auc).toEqual({ days: 3, examples: 300 })
    expect(result.recovery.online.logLoss).toEqual({ days: 4, examples: 400 })
    expect(result.recovery.frozen.auc).toEqual({ days: null, examples: null })
    const text = renderDrift({ change: 'tastes', daysBefore: 2 }, result)
    expect(text).toMatch(/online +after 3 days, 300 examples +after 4 days, 400 examples/)
    expect(text).toMatch(/frozen +not within the days +not within the days/)
  })

  test('is at once for a ranker that never fell behind', () => {
    const same = days([0.7, 0.7])
    const result = summariseDrift({ daysBefore: 1 }, [{ online: same, frozen: same, reference: same }])
    expect(result.recovery.frozen.auc).toEqual({ days: 0, examples: 0 })
  })
})
