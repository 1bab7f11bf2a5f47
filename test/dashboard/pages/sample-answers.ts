import type { LifecycleInterval, Posterior, Transition, UserState } from '../../../src/dashboard/api/answers.ts'

/** Answers of the API, made up. */
export function posterior(alpha: number, beta: number): Posterior {
  const mean = alpha / (alpha + beta)
  return {
    trials: alpha + beta,
    successes: alpha,
    alpha,
    beta,
    mean,
    lower: mean * 0.6,
    upper: mean * 1.5,
    effectiveSampleSize: alpha + beta,
    gamma: mean,
  }
}

const source = { topic: 'stage-transitions', partition: 0, offset: 12 }
const stageProbabilities = { new: 0.05, wander: 0.2, stick: 0.691, loyal: 0.059 }

export const transition: Transition = {
  from: 'wander',
  to: 'stick',
  reason: 'evidence',
  probability: 0.691,
  stageProbabilities,
  eventTime: '2026-03-20T10:00:00.000Z',
  heldForSeconds: 504_000,
  before: { ctr: posterior(4, 60) },
  after: { ctr: posterior(13, 96) },
  ruleVersion: 'paper',
  bundleVersion: 3,
  source,
}

export const userState: UserState = {
  userId: 'ann',
  stage: 'wander',
  stageProbabilities,
  since: '2026-03-14T10:00:00.000Z',
  dormant: false,
  returned: false,
  tasks: { ctr: posterior(4, 60) },
  embeddingVersion: 3,
  ruleVersion: 'paper',
  bundleVersion: 3,
  eventTime: '2026-03-19T10:00:00.000Z',
  source,
}

export const intervals: readonly LifecycleInterval[] = [
  {
    start: '2026-03-19T00:00:00.000Z',
    end: '2026-03-20T00:00:00.000Z',
    complete: true,
    active: 90,
    new: 30,
    retained: 40,
    returned: 20,
    dormant: 25,
    quickRatio: 2,
    stages: { new: 10, wander: 20, stick: 30, loyal: 40 },
    dormantUsers: 5,
  },
  {
    start: '2026-03-20T00:00:00.000Z',
    end: '2026-03-21T00:00:00.000Z',
    complete: false,
    active: 20,
    new: 5,
    retained: 10,
    returned: 5,
    dormant: 80,
    quickRatio: 0.125,
    stages: { new: 0, wander: 0, stick: 0, loyal: 0 },
    dormantUsers: 5,
  },
]
