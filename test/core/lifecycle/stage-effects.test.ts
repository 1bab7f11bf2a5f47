import { expect, test } from 'vitest'
import { activeModel } from '../../../src/core/active-model.ts'
import { stageEffects } from '../../../src/core/lifecycle/stage-effects.ts'
import type { TaskPosterior } from '../../../src/core/user-state/posterior.ts'
import { TEST_SETTINGS, testBundle } from '../../support/tracker-settings.ts'

const model = activeModel(TEST_SETTINGS, testBundle(1))

const posterior = (alpha: number, beta: number): TaskPosterior =>
  ({ alpha, beta, evidenceWeight: alpha + beta }) as unknown as TaskPosterior

test('a change is ascribed to the task that makes it, not to one that merely moves', () => {
  // All rates fall. Under the paper's rules only the click rate makes a user new.
  const before = [posterior(8, 12), posterior(10, 10), posterior(2, 30)]
  const after = [posterior(8, 16), posterior(10, 20), posterior(2, 60)]
  const effects = stageEffects(before, after, model)
  expect(effects.map(({ task }) => task)).toEqual(['ctr', 'stay', 'cvr'])
  const [ctr, stay, cvr] = effects.map(({ byStage }) => byStage)
  expect(ctr[0]).toBeGreaterThan(0.05)
  expect([stay[0], cvr[0]]).toEqual([0, 0])
  // Less stay takes from stick and loyal what it gives to wander.
  expect(stay[1]).toBeGreaterThan(0.05)
  expect(stay.reduce((sum, effect) => sum + effect)).toBeCloseTo(0, 6)
  // Fewer orders take from loyal what they give to stick.
  expect(cvr[1]).toBe(0)
  expect(cvr[2]).toBeCloseTo(-cvr[3], 6)
})

test('nothing changed has no effect', () => {
  const same = [posterior(8, 12), posterior(10, 10), posterior(2, 30)]
  for (const { byStage } of stageEffects(same, same, model)) expect(byStage).toEqual([0, 0, 0, 0])
})
