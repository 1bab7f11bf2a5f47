import { describe, expect, test } from 'vitest'
import { multinomialDispersion } from '../../../src/core/statistics/multinomial-dispersion.ts'
import { rateForecast } from '../../../src/core/statistics/rate-forecast.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { twoSampleLogEValue } from '../../../src/core/statistics/two-sample-log-e-value.ts'
import { wilsonLowerBound } from '../../../src/core/statistics/wilson-lower-bound.ts'

const random = createSeededRandom(42)

function draw(count: number, mix: readonly number[]): number[] {
  const counts = mix.map(() => 0)
  for (let i = 0; i < count; i++) {
    let rest = random.next()
    let k = 0
    while (k < mix.length - 1 && (rest -= mix[k]) >= 0) k++
    counts[k]++
  }
  return counts
}

/** Greatest e-value of a run of blocks, with estimates of the blocks before, as the rule has it. */
function greatest(first: readonly number[], second: readonly number[], blocks: number, size: number): number {
  const sums = [first.map(() => 0.5), first.map(() => 0.5)]
  const shares = (counts: readonly number[]) => counts.map((c) => c / counts.reduce((a, b) => a + b))
  let logE = 0
  let most = 0
  for (let block = 0; block < blocks; block++) {
    const drawn = [draw(size, first), draw(size, second)]
    logE += twoSampleLogEValue(drawn[0], drawn[1], shares(sums[0]), shares(sums[1]))
    drawn.forEach((counts, group) => counts.forEach((count, k) => (sums[group][k] += count)))
    most = Math.max(most, logE)
  }
  return Math.exp(most)
}

describe('twoSampleLogEValue', () => {
  test('exceeds 1/alpha with a probability of alpha at most when nothing has changed, at whatever time one looks', () => {
    const mix = [0.5, 0.1, 0.2, 0.2]
    const runs = 2000
    let exceeded = 0
    for (let run = 0; run < runs; run++) if (greatest(mix, mix, 14, 30) >= 20) exceeded++
    expect(exceeded / runs).toBeLessThanOrEqual(0.05)
  })

  test('grows when the mixes differ', () => {
    expect(greatest([0.5, 0.1, 0.2, 0.2], [0.3, 0.1, 0.2, 0.4], 14, 60)).toBeGreaterThan(1000)
  })

  test('is the closed form for one block, and says nothing of an empty one', () => {
    // Groups of equal size: each count weighs the logarithm of its share over the mean of both shares.
    const expected =
      3 * Math.log(0.8 / 0.5) + 1 * Math.log(0.2 / 0.5) + 1 * Math.log(0.2 / 0.5) + 3 * Math.log(0.8 / 0.5)
    expect(twoSampleLogEValue([3, 1], [1, 3], [0.8, 0.2], [0.2, 0.8])).toBeCloseTo(expected, 12)
    expect(twoSampleLogEValue([0, 0], [1, 3], [0.8, 0.2], [0.2, 0.8])).toBe(0)
  })
})

describe('multinomialDispersion', () => {
  test('is about 1 for independent draws and more for draws in pairs', () => {
    const mix = [0.4, 0.3, 0.2, 0.1]
    const single = Array.from({ length: 200 }, () => draw(50, mix))
    expect(multinomialDispersion(single)).toBeCloseTo(1, 0)
    const pairs = Array.from({ length: 200 }, () => draw(25, mix).map((count) => 2 * count))
    expect(multinomialDispersion(pairs)).toBeCloseTo(2, 0)
    expect(multinomialDispersion([[1, 2]])).toBe(1)
  })
})

describe('wilsonLowerBound', () => {
  test('has the published values', () => {
    // R. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29 at 95 %.
    const z = 1.959964
    expect(wilsonLowerBound(81, 263, z)).toBeCloseTo(0.2553, 4)
    expect(wilsonLowerBound(15, 148, z)).toBeCloseTo(0.0624, 4)
    expect(wilsonLowerBound(0, 20, z)).toBe(0)
    expect(wilsonLowerBound(1, 29, z)).toBeCloseTo(0.0061, 4)
    expect(wilsonLowerBound(0, 0, z)).toBe(0)
  })
})

describe('rateForecast', () => {
  test('has the binomial deviation alone when earlier groups vary no more than by chance', () => {
    const forecast = rateForecast(
      [20, 20, 20].map((active) => ({ users: 100, active })),
      100,
    )!
    expect(forecast.mean).toBeCloseTo(0.2, 12)
    expect(forecast.deviation).toBeCloseTo(Math.sqrt(0.16 / 100 + 0.16 / 300), 3)
  })

  test('covers new groups of a population whose rates vary', () => {
    let below = 0
    const rounds = 3000
    for (let round = 0; round < rounds; round++) {
      const group = () => ({ users: 200, active: draw(200, [0.2 + 0.2 * random.next(), 1])[0] })
      const forecast = rateForecast(Array.from({ length: 8 }, group), 200)!
      const { active } = group()
      if (active / 200 < forecast.mean - 1.645 * forecast.deviation) below++
    }
    // One-sided 5 %, with the variance between groups estimated from eight of them.
    expect(below / rounds).toBeGreaterThan(0.02)
    expect(below / rounds).toBeLessThan(0.08)
  })

  test('needs two groups', () => {
    expect(rateForecast([{ users: 100, active: 20 }], 50)).toBeNull()
    expect(rateForecast([], 50)).toBeNull()
  })
})
