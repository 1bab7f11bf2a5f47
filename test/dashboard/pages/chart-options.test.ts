import { describe, expect, test } from 'vitest'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import type { ChartOption } from '../../../src/dashboard/charts/echarts-parts.ts'
import { qualityLines } from '../../../src/dashboard/pages/model/quality-lines.ts'
import { axisEndOf, reliabilityCurve } from '../../../src/dashboard/pages/model/reliability-curve.ts'
import { memoryLines } from '../../../src/dashboard/pages/operations/memory-lines.ts'
import { lifecycleBars } from '../../../src/dashboard/pages/overview/lifecycle-bars.ts'
import { stageShares } from '../../../src/dashboard/pages/overview/stage-shares.ts'
import { shareAfter, survivalLines } from '../../../src/dashboard/pages/retention/survival-lines.ts'
import { stateMap } from '../../../src/dashboard/pages/states/state-map.ts'
import { flowDiagram, flowsOf } from '../../../src/dashboard/pages/transitions/transition-flows.ts'
import { posteriorCurve } from '../../../src/dashboard/pages/user/posterior-curve.ts'
import { LIGHT } from '../../../src/dashboard/theme/palette.ts'
import { intervals, posterior } from './sample-answers.ts'

interface Series {
  readonly name: string
  readonly data: readonly unknown[]
  readonly links: readonly unknown[]
}

function seriesOf(option: ChartOption): Readonly<Record<string, Series>> {
  return Object.fromEntries((option.series as Series[]).map((series) => [series.name, series]))
}

const freshness = { asOf: null, lagSeconds: null, stale: false }

describe('chart options', () => {
  test('lifecycle bars stand above zero for those who came and below for those who did not; the last is pale', () => {
    const series = seriesOf(lifecycleBars(intervals, 'day', LIGHT))
    expect(Object.keys(series)).toEqual(['new', 'returned', 'retained', 'dormant'])
    expect(series.new.data).toEqual([{ value: 30 }, { value: 5, itemStyle: { opacity: 0.55 } }])
    expect(series.dormant.data).toEqual([{ value: -25 }, { value: -80, itemStyle: { opacity: 0.55 } }])
  })

  test('stage shares add up to 100 %, and to nothing where there are no users', () => {
    const series = Object.values(seriesOf(stageShares(intervals, 'day', LIGHT)))
    expect(series.map(({ data }) => data[0])).toEqual([10, 20, 30, 40])
    expect(series.map(({ data }) => data[1])).toEqual([0, 0, 0, 0])
  })

  test('flows leave out what did not happen, and their shares are of the row', () => {
    const none = { new: 0, wander: 0, stick: 0, loyal: 0 }
    const flows = flowsOf({ matrix: { ...byStage(none), wander: { ...none, stick: 3, loyal: 1 } } })
    expect(flows).toEqual([
      { from: 'wander', to: 'stick', count: 3, share: 0.75 },
      { from: 'wander', to: 'loyal', count: 1, share: 0.25 },
    ])
    const [{ data, links }] = flowDiagram(flows, LIGHT).series as Series[]
    expect(data).toMatchObject([
      { name: 'from wander', count: 4 },
      { name: 'to stick', count: 3 },
      { name: 'to loyal', count: 1 },
    ])
    expect(links).toMatchObject([
      { source: 'from wander', target: 'to stick', value: 3 },
      { source: 'from wander', target: 'to loyal', value: 1 },
    ])
  })

  test('survival starts at all and steps down where spells end', () => {
    const empty = { spells: 0, ongoing: 0, medianDays: null, survival: [] }
    const survival = [
      { days: 0, share: 1 },
      { days: 2, share: 0.5 },
      { days: 5, share: 0.25 },
    ]
    const stages = { ...byStage(empty), stick: { ...empty, medianDays: 2, survival } }
    const series = seriesOf(survivalLines(stages, LIGHT))
    expect(series.stick.data).toEqual([
      [0, 100],
      [2, 50],
      [5, 25],
    ])
    expect(series.stick).toMatchObject({ step: 'end' })
    expect([1.9, 2, 6].map((days) => shareAfter(stages, 'stick', days))).toEqual([1, 0.5, 0.25])
  })

  test('the map has a series per stage, and the way of the watched user ends at a large point', () => {
    const points = STAGES.map((stage, x) => ({ userId: `u-${stage}`, stage, x, y: -x }))
    const trail = [
      { time: '2026-03-01T00:00:00Z', x: 0, y: 1 },
      { time: '2026-03-02T00:00:00Z', x: 2, y: 3 },
    ]
    const user = { userId: 'ann', stage: 'stick' as const, trail }
    const answer = { embeddingVersion: 1, explained: [0.6, 0.2], points, user, freshness }
    const series = seriesOf(stateMap(answer, LIGHT))
    expect(Object.keys(series)).toEqual([...STAGES, 'way of ann', 'ann'])
    expect(series.stick.data).toMatchObject([{ value: [2, -2], point: { userId: 'u-stick' } }])
    expect(series['way of ann'].data).toHaveLength(2)
    expect(series.ann.data).toMatchObject([{ value: [2, 3] }])
    expect(Object.keys(seriesOf(stateMap({ ...answer, user: null }, LIGHT)))).toEqual([...STAGES])
  })

  test('a posterior is filled between its quantiles and compared with the one before', () => {
    const now = posterior(13, 96)
    const series = seriesOf(posteriorCurve(now, posterior(4, 60), 0.3, LIGHT))
    expect(Object.keys(series)).toEqual(['now', '5 to 95 %', 'before'])
    const rates = (series['5 to 95 %'].data as [number, number][]).map(([rate]) => rate)
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(now.lower)
    expect(Math.max(...rates)).toBeLessThanOrEqual(now.upper)
    expect(Object.keys(seriesOf(posteriorCurve(now, null, 0.3, LIGHT)))).toEqual(['now', '5 to 95 %'])
  })

  test('quality over time keeps its place where a task could not be measured', () => {
    const history = [
      { exampleCount: 100, time: '', tasks: { ctr: { auc: 0.6, logLoss: 0.5, ece: 0.1 } } },
      { exampleCount: 200, time: '', tasks: { ctr: { auc: null, logLoss: 0.4, ece: 0.1 } } },
    ]
    const { ctr, cvr } = seriesOf(qualityLines(history, ['ctr', 'cvr'], 'auc', LIGHT))
    expect(ctr.data).toEqual([
      [100, 0.6],
      [200, null],
    ])
    expect(cvr.data).toEqual([
      [100, null],
      [200, null],
    ])
  })

  test('reliability leaves out empty bins and ends at a round rate', () => {
    const bins = [
      { lower: 0, upper: 0.1, score: 0.05, rate: 0.06, count: 10 },
      { lower: 0.1, upper: 0.2, score: 0.15, rate: 0, count: 0 },
    ]
    const series = seriesOf(reliabilityCurve({ ctr: bins }, ['ctr'], LIGHT))
    expect(series.ctr.data).toEqual([[0.05, 0.06]])
    expect(series.perfect.data).toEqual([
      [0, 0],
      [0.1, 0.1],
    ])
    expect([axisEndOf([]), axisEndOf([{ ...bins[0], rate: 0.41 }]), axisEndOf([{ ...bins[0], score: 0.9 }])]).toEqual([
      0.1, 0.6, 1,
    ])
  })

  test('memory has a line per part', () => {
    const reading = { atMs: 5, rssBytes: 1, heapUsedBytes: 2, arrayBuffersBytes: 3, lagRecords: 0 }
    const series = seriesOf(memoryLines([reading], LIGHT))
    expect(Object.values(series).map(({ data }) => data)).toEqual([[[5, 1]], [[5, 2]], [[5, 3]]])
  })
})

function byStage<Value>(value: Value) {
  return { new: value, wander: value, stick: value, loyal: value }
}
