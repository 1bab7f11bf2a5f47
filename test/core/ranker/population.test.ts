import { describe, expect, test } from 'vitest'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { Population } from '../../../src/core/ranker/population.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { plantedExamples, TASKS } from './planted-examples.ts'

const SETTINGS = { tasks: TASKS, quantileTasks: ['stay'], minEvidence: 3, seed: 1 }
const DAY_MS = 86_400_000

/** One example of each of `count` users, who differ in their click rate: about Beta(2, 6), 40 trials each. */
function users(count: number, effectiveSampleSize = 20): TrainingExample[] {
  const random = createSeededRandom(4)
  const [template] = plantedExamples(1)
  return Array.from({ length: count }, (_, i) => {
    // The second smallest of seven uniforms is Beta(2, 6).
    const rate = Array.from({ length: 7 }, () => random.next()).sort((a, b) => a - b)[1]
    const successes = Array.from({ length: 40 }, () => (random.next() < rate ? 1 : 0)).reduce<number>(
      (a, b) => a + b,
      0,
    )
    return {
      ...template,
      userId: `user-${i}` as UserId,
      tasks: template.tasks.map((task) => ({
        ...task,
        trials: 40,
        successes,
        alpha: 2 + successes,
        beta: 46 - successes,
        effectiveSampleSize,
      })),
    }
  })
}

function populationOf(examples: readonly TrainingExample[]): Population {
  const population = new Population(SETTINGS)
  for (const example of examples) population.add(example)
  return population
}

function textOf(population: Population): string {
  return new TextDecoder('latin1').decode(population.snapshot())
}

describe('population', () => {
  test('knows nothing before the first example', () => {
    const [click, stay] = new Population(SETTINGS).taskPopulations()
    expect(click).toMatchObject({ task: 'click', priorAlpha: 1, priorBeta: 1, median: Number.NaN, labelMean: 0.5 })
    expect(stay.quantiles).toHaveLength(0)
  })

  test('finds the prior and the median of how users differ', () => {
    const [click] = populationOf(users(4000)).taskPopulations()
    expect(click.priorAlpha).toBeCloseTo(2, 0)
    expect(click.priorBeta).toBeCloseTo(6, 0)
    expect(click.median).toBeCloseTo(0.23, 1) // median of Beta(2, 6)
  })

  test('leaves users with little evidence out of the median', () => {
    expect(populationOf(users(200, 2.9)).taskPopulations()[0].median).toBeNaN()
    expect(populationOf(users(200, 3)).taskPopulations()[0].median).toBeGreaterThan(0)
  })

  test('keeps the mass at 0 in the quantiles of a quantile task', () => {
    const examples = plantedExamples(2000).map((example, i) => ({
      ...example,
      tasks: example.tasks.map((task) => ({ ...task, rawValue: i % 4 === 0 ? 0 : i })),
    }))
    const [click, stay, order] = populationOf(examples).taskPopulations()
    expect(stay.quantiles).toHaveLength(129)
    expect([stay.quantiles[0], stay.quantiles[31], stay.quantiles[128]]).toEqual([0, 0, 1999])
    expect(stay.quantiles[64]).toBeGreaterThan(500)
    expect(click.quantiles.length + order.quantiles.length).toBe(0)
  })

  test('follows the labels, the more recent the more, and only where there was a trial', () => {
    const [template] = plantedExamples(1)
    const labelled = (label: number, trial: boolean): TrainingExample => ({
      ...template,
      tasks: template.tasks.map((task) => ({ ...task, label, trial })),
    })
    const population = new Population(SETTINGS)
    for (let i = 0; i < 50_000; i++) population.add(labelled(0, true))
    for (let i = 0; i < 50_000; i++) population.add(labelled(1, i % 2 === 0))
    // 25,000 examples are half a half-life: 1 - 2^-0.5 over 1 - 2^-1.5
    expect(population.labelMeans()[0]).toBeCloseTo(0.453, 2)
  })

  test('counts a correction nowhere', () => {
    const examples = plantedExamples(200)
    const corrections = examples.map((example) => ({ ...example, kind: 'correction' as const }))
    expect(populationOf([...examples, ...corrections]).snapshot()).toEqual(populationOf(examples).snapshot())
  })

  test('forgets an erased user and users not seen for a month', () => {
    const population = populationOf(users(40))
    population.erase('user-3' as UserId)
    expect(textOf(population)).not.toMatch(/user-3(?!\d)/)
    expect(textOf(population)).toMatch(/user-4(?!\d)/)
    const [late] = users(1)
    population.add({ ...late, userId: 'late' as UserId, impressionTime: late.impressionTime + 31 * DAY_MS })
    expect(population.taskPopulations()[0].median).toBeNaN()
    expect(textOf(population)).not.toMatch(/user-/)
    expect(textOf(population)).toMatch(/late/)
  })

  test('goes on from a snapshot as if never interrupted', () => {
    const examples = plantedExamples(3000)
    const whole = populationOf(examples)
    const resumed = new Population(SETTINGS)
    resumed.restore(populationOf(examples.slice(0, 1234)).snapshot())
    for (const example of examples.slice(1234)) resumed.add(example)
    expect(resumed.snapshot()).toEqual(whole.snapshot())
    expect(resumed.taskPopulations()).toEqual(whole.taskPopulations())
  })
})
