import { expect, test } from 'vitest'
import { auc } from '../../../../src/core/ranker/metrics/auc.ts'
import { bootstrapMetrics } from '../../../../src/core/ranker/metrics/bootstrap-metrics.ts'
import { logLoss } from '../../../../src/core/ranker/metrics/log-loss.ts'
import { pairedDifference } from '../../../../src/core/ranker/metrics/paired-difference.ts'
import { studentQuantile } from '../../../../src/core/ranker/metrics/student-quantile.ts'
import { createSeededRandom } from '../../../../src/core/statistics/seeded-random.ts'

/** Quantiles .975 of Student's t as printed in every table. */
test.each([
  [1, 12.7062],
  [4, 2.7764],
  [30, 2.0423],
])('with %d degrees of freedom the quantile is %d', (degrees, wanted) => {
  expect(studentQuantile(0.975, degrees)).toBeCloseTo(wanted, 4)
})

test('a resample is the metric of the rows that it draws, ties included', () => {
  const random = createSeededRandom(2)
  const groupCount = 12
  const rows = Array.from({ length: 80 }, () => ({
    group: random.nextInt(groupCount),
    score: (1 + random.nextInt(9)) / 10,
    label: random.nextInt(2),
  }))
  const drawn = createSeededRandom(7)
  const groups = Array.from({ length: groupCount }, () => drawn.nextInt(groupCount))
  const repeated = groups.flatMap((group) => rows.filter((row) => row.group === group))
  const columns = (of: typeof rows) => [of.map(({ score }) => score), of.map(({ label }) => label)] as const
  const [scores, labels] = columns(rows)
  const { auc: aucs, logLoss: losses } = bootstrapMetrics(
    { scores, labels, groups: Int32Array.from(rows, ({ group }) => group), groupCount },
    1,
    7,
  )
  expect(aucs[0]).toBeCloseTo(auc(...columns(repeated)), 12)
  expect(losses[0]).toBeCloseTo(logLoss(...columns(repeated)), 12)
})

test('a paired difference has its intervals over users, over seeds, and over both', () => {
  const first = {
    values: [0.7, 0.72],
    resampled: [
      [0.69, 0.71],
      [0.71, 0.73],
    ],
  }
  const second = {
    values: [0.65, 0.66],
    resampled: [
      [0.65, 0.65],
      [0.66, 0.66],
    ],
  }
  const random = createSeededRandom(1)
  const of = pairedDifference(first, second, () => random.next())
  expect(of.difference).toBeCloseTo(0.055, 12)
  expect([of.usersLow, of.usersHigh]).toEqual([expect.closeTo(0.045, 12), expect.closeTo(0.065, 12)])
  // Differences by seed are .05 and .06: deviation .00707, t with one degree of freedom.
  const half = (12.7062 * Math.SQRT1_2 * 0.01) / Math.SQRT2
  expect([of.seedsLow, of.seedsHigh]).toEqual([expect.closeTo(0.055 - half, 6), expect.closeTo(0.055 + half, 6)])
  expect(of.low).toBeGreaterThanOrEqual(0.04 - 1e-12)
  expect(of.high).toBeLessThanOrEqual(0.07 + 1e-12)
})
