import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Evaluation,
  evaluate,
  type EvaluationPlan,
  type MeanAndStd,
  type Metric,
  METRICS,
  passesOf,
} from '../../../src/app/evaluate/evaluation.ts'
import { renderEvaluation } from '../../../src/app/evaluate/render-evaluation.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { MODE_NAMES } from '../../../src/core/ranker/modes/mode-names.ts'
import type { RankerSettings } from '../../../src/core/ranker/ranker-settings.ts'
import { plantedExamples, plantedSettings, TASKS } from '../../core/ranker/planted-examples.ts'

const examples = plantedExamples(320)
const plan: EvaluationPlan = {
  modes: ['ple', 'stan'],
  seeds: 2,
  protocols: ['split', 'prequential'],
  bounds: { trainEndMs: examples[160].impressionTime, validEndMs: examples[200].impressionTime },
  settingsOf: (mode, seed) => plantedSettings({ mode: mode as RankerSettings['mode'], seed, batchSize: 32 }),
}

describe('an evaluation of two modes with two seeds', () => {
  let result: Evaluation
  let passed = 0

  beforeAll(async () => {
    await chooseBackend('wasm')
    result = evaluate(examples, plan, (count) => (passed += count))
  })

  test('tells of as many examples as it said it would pass', () => {
    expect(passesOf(examples, plan)).toBe(2 * 2 * (160 + 2 * 120 + 320))
    expect(passed).toBe(passesOf(examples, plan))
  })

  test('has every metric with mean and deviation, grouped ones in the split alone', () => {
    for (const mode of plan.modes) {
      for (const protocol of plan.protocols) {
        const byTask = result.modes[mode][protocol]!
        expect(Object.keys(byTask)).toEqual(TASKS)
        const known = METRICS.filter((metric) => !Number.isNaN(byTask.click[metric].mean))
        const ungrouped = METRICS.filter((metric) => metric !== 'gauc' && metric !== 'ndcg5')
        expect(known).toEqual(protocol === 'split' ? METRICS : ungrouped)
        expect(known.filter((metric) => !(byTask.click[metric].std > 0))).toEqual([])
      }
    }
  })

  test('finds what was planted', () => {
    expect(result.modes.ple.prequential!.click.auc.mean).toBeGreaterThan(0.6)
  })

  test('compares the two modes on the same rows', () => {
    expect(Object.keys(result.paired)).toEqual(['ple-stan'])
    const { ple, stan } = result.modes
    const byTask = result.paired['ple-stan'].split!
    expect(Object.keys(byTask)).toEqual([...TASKS, 'mean'])
    const differences = TASKS.map((task) => ple.split![task].auc.mean - stan.split![task].auc.mean)
    TASKS.forEach((task, k) => expect(byTask[task].auc.difference).toBeCloseTo(differences[k], 9))
    expect(byTask.mean.auc.difference).toBeCloseTo(differences.reduce((sum, held) => sum + held, 0) / 3, 9)
    for (const { auc } of Object.values(byTask)) {
      expect(auc.low).toBeLessThan(auc.high)
    }
  })
})

test('one mode has nothing to be compared with, and one seed no deviation', () => {
  const { modes, paired } = evaluate(examples, { ...plan, modes: ['ple'], seeds: 1, protocols: ['split'] }, () => {})
  expect(paired).toEqual({})
  expect(modes.ple.split!.click.auc.std).toBeNaN()
  expect(modes.ple.prequential).toBeUndefined()
})

test('every mode trains and is judged', () => {
  const { modes } = evaluate(examples, { ...plan, modes: MODE_NAMES, seeds: 1, protocols: ['split'] }, () => {})
  expect(Object.keys(modes)).toEqual(MODE_NAMES)
  for (const mode of MODE_NAMES) {
    for (const task of TASKS) expect(modes[mode].split![task].auc.mean).toBeGreaterThan(0)
  }
})

function metrics(mean: number, std: number): Record<Metric, MeanAndStd> {
  return Object.fromEntries(METRICS.map((metric) => [metric, { mean, std }])) as Record<Metric, MeanAndStd>
}

function difference(of: number, low: number, high: number) {
  return { auc: { difference: of, low, high } }
}

describe('the tables', () => {
  test('have the modes side by side and the differences in points', () => {
    const text = renderEvaluation({
      modes: {
        ple: { split: { click: metrics(0.5, 0.25) }, prequential: { click: metrics(0.5, Number.NaN) } },
        stan: { split: { click: metrics(0.625, 0) }, prequential: { click: metrics(Number.NaN, Number.NaN) } },
      },
      paired: { 'ple-stan': { split: { click: difference(-0.125, -0.25, 0.0123), mean: difference(0, -0.01, 0.01) } } },
    })
    const cells = text.split('\n').map((line) => line.split(/ {2,}/))
    const half = '0.5000 ±0.2500'
    const more = '0.6250 ±0.0000'
    expect(cells).toEqual([
      ['Split: test days, model frozen'],
      ['mode', 'task', ...METRICS],
      ['ple', 'click', half, half, half, half, half, half],
      ['stan', 'click', more, more, more, more, more, more],
      [''],
      ['Difference of AUC, in points, with its 95 % interval over users'],
      ['pair', 'task', 'difference', 'interval'],
      ['ple-stan', 'click', '-12.50', '-25.00 .. +1.23'],
      ['ple-stan', 'mean', '+0.00', '-1.00 .. +1.00'],
      [''],
      ['Prequential: second half of one pass'],
      ['mode', 'task', ...METRICS],
      ['ple', 'click', ...METRICS.map(() => '0.5000')],
      ['stan', 'click', ...METRICS.map(() => '–')],
      [''],
      ['GAUC and NDCG@5 are grouped by user, with the state frozen at the user’s first row of the test.'],
    ])
  })

  test('of one mode have no differences', () => {
    const text = renderEvaluation({ modes: { ple: { prequential: { click: metrics(0.5, 0) } } }, paired: {} })
    expect(text.split('\n')).toHaveLength(3)
  })
})
