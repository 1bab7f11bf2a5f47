import { describe, expect, test } from 'vitest'
import type { Transition } from '../../../src/dashboard/api/answers.ts'
import { deviationOf, evidenceOf, explainTransition } from '../../../src/dashboard/pages/user/explain-transition.ts'
import { posterior, transition } from './sample-answers.ts'

const moved: Transition = {
  ...transition,
  before: { ctr: posterior(4, 60), stay: posterior(20, 40), cvr: posterior(2.5, 50) },
  after: { ctr: posterior(13, 96), stay: posterior(20, 41), cvr: posterior(1, 80) },
}

describe('explanation of a transition', () => {
  test('names the rates that changed, the largest change first, and the probability', () => {
    expect(explainTransition(moved)).toBe(
      'Left wander after 5 d 20 h: ctr rose from 6.3 % to 11.9 %; cvr fell from 4.8 % to 1.2 %. Stick is now 69.1 % probable.',
    )
    expect(evidenceOf(moved).map(({ task }) => task)).toEqual(['ctr', 'cvr'])
  })

  test('says so when no rate changed much', () => {
    expect(explainTransition({ ...moved, after: moved.before })).toContain('no rate changed much by itself')
  })

  test('tells silence and return from evidence', () => {
    expect(explainTransition({ ...moved, reason: 'dormant' })).toContain('Silent for longer')
    expect(explainTransition({ ...moved, reason: 'returned' })).toContain('again')
  })

  test('measures changes in standard deviations of a Beta distribution', () => {
    expect(deviationOf({ alpha: 2, beta: 3 })).toBeCloseTo(0.2, 12)
  })
})
