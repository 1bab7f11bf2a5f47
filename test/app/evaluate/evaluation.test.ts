import { beforeAll, describe, expect, test } from 'vitest'
import { summarise } from '../../../src/app/evaluate/evaluation.ts'
import { type EvaluationJob, runJob, sizeOfJob } from '../../../src/app/evaluate/evaluation-job.ts'
import { judgeRun, METRICS, type RunResult } from '../../../src/app/evaluate/judge-run.ts'
import type { Protocol } from '../../../src/app/evaluate/run-protocol.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { MODE_NAMES, type ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { plantedExamples, plantedSettings, TASKS } from '../../core/ranker/planted-examples.ts'

const examples = plantedExamples(320)
const collected = {
  tasks: TASKS,
  examples,
  rows: 320,
  deadLetters: 0,
  bundle: new Uint8Array(0),
  predicted: new Float32Array(3 * 320).fill(0.5),
}
const bounds = { trainEndMs: examples[160].impressionTime, validEndMs: examples[200].impressionTime }

function jobOf(mode: ModeName, seed: number, protocol: Protocol): EvaluationJob {
  const plan = { protocol, bounds, judge: 'test' as const, syncs: [], utcOffsetMs: 0 }
  return { variant: mode, seed, plan, settings: plantedSettings({ mode, seed, batchSize: 32 }), resamples: 50 }
}

const run = (mode: ModeName, seed: number, protocol: Protocol): RunResult =>
  runJob(jobOf(mode, seed, protocol), collected, () => {})

const runsOf = (modes: readonly ModeName[], seeds: number, protocol: Protocol) =>
  new Map(modes.map((mode) => [mode, Array.from({ length: seeds }, (_, seed) => run(mode, seed + 1, protocol))]))

beforeAll(() => chooseBackend('wasm'))

test('a job passes as many examples as it says', () => {
  for (const protocol of ['split', 'prequential'] as const) {
    let passed = 0
    runJob(jobOf('ple', 1, protocol), collected, (count) => (passed += count))
    expect(passed).toBe(sizeOfJob(jobOf('ple', 1, protocol), collected))
  }
})

test('a run is the same when it is made again', () => {
  expect(run('stan', 2, 'prequential')).toEqual(run('stan', 2, 'prequential'))
})

describe('two modes with two seeds, summed up', () => {
  const runs = { split: new Map<string, RunResult[]>(), prequential: new Map<string, RunResult[]>() }
  beforeAll(() => {
    runs.split = runsOf(['ple', 'stan'], 2, 'split')
    runs.prequential = runsOf(['ple', 'stan'], 2, 'prequential')
  })

  test('have every metric with mean and deviation, grouped ones with frozen state alone', () => {
    const grouped = ['gauc', 'ndcg5', 'ndcg10']
    const { views } = summarise(runs.split, TASKS, 'ple').variants.ple
    for (const [view, wanted] of [
      ['live', METRICS.filter((metric) => !grouped.includes(metric))],
      ['frozen', METRICS],
    ] as const) {
      const { overall } = views[view].click
      expect(METRICS.filter((metric) => !Number.isNaN(overall[metric].mean))).toEqual(wanted)
      // On so few rows two seeds can rank with the same AUC; their probabilities differ.
      expect(wanted.filter((metric) => !(overall[metric].std >= 0))).toEqual([])
      expect(overall.logLoss.std).toBeGreaterThan(0)
    }
  })

  test('find what was planted', () => {
    const { variants } = summarise(runs.prequential, TASKS, 'ple')
    expect(variants.ple.views.live.click.overall.auc.mean).toBeGreaterThan(0.6)
  })

  test('differ from the base by the difference of their means, within all its intervals', () => {
    const { ple, stan } = summarise(runs.split, TASKS, 'ple').variants
    expect(ple.paired).toBeNull()
    expect(Object.keys(stan.paired!)).toEqual([...TASKS, 'mean'])
    const mean = (of: typeof ple, task: string) => of.views.live[task].overall.auc.mean
    const differences = TASKS.map((task) => mean(stan, task) - mean(ple, task))
    TASKS.forEach((task, k) => expect(stan.paired![task].auc.difference).toBeCloseTo(differences[k], 9))
    expect(stan.paired!.mean.auc.difference).toBeCloseTo(differences.reduce((sum, held) => sum + held, 0) / 3, 9)
    for (const { auc, logLoss } of Object.values(stan.paired!)) {
      for (const held of [auc, logLoss]) {
        expect(held.low).toBeLessThan(held.high)
        expect(held.usersLow).toBeLessThan(held.usersHigh)
        expect(held.seedsLow).toBeLessThan(held.difference)
        // Resampled seeds can only widen what resampled users give.
        expect(held.high - held.low).toBeGreaterThanOrEqual(0.8 * (held.usersHigh - held.usersLow))
      }
    }
  })

  test('have RelaImpr against the base', () => {
    const { ple, stan } = summarise(runs.split, TASKS, 'ple').variants
    const [of, base] = [stan, ple].map(({ views }) => views.live.click.overall.auc.mean)
    expect(ple.views.live.click.overall.relaImpr.mean).toBeCloseTo(0, 12)
    expect(stan.views.live.click.overall.relaImpr.mean).toBeCloseTo((of - 0.5) / (base - 0.5) - 1, 9)
  })

  test('have a curve over the whole pass', () => {
    const { curve } = summarise(runs.prequential, TASKS, 'ple').variants.ple
    expect(curve.length).toBeGreaterThan(10)
    expect(curve.at(-1)!.untilMs).toBe(examples.at(-1)!.impressionTime)
    expect(summarise(runs.split, TASKS, 'ple').variants.ple.curve).toEqual([])
  })
})

test('one seed has no deviation and no interval over seeds', () => {
  const { stan } = summarise(runsOf(['ple', 'stan'], 1, 'split'), TASKS, 'ple').variants
  expect(stan.views.live.click.overall.auc.std).toBeNaN()
  expect(stan.paired!.click.auc.seedsLow).toBeNaN()
  expect(stan.paired!.click.auc.low).toBeLessThan(stan.paired!.click.auc.high)
})

test('every mode trains and is judged', () => {
  const { variants } = summarise(runsOf(MODE_NAMES, 1, 'split'), TASKS, 'ple')
  expect(Object.keys(variants)).toEqual(MODE_NAMES)
  for (const mode of MODE_NAMES) {
    for (const task of TASKS) expect(variants[mode].views.live[task].overall.auc.mean).toBeGreaterThan(0)
  }
})

describe('what cannot be told is NaN, and the rest is told', () => {
  const rows = examples.slice(0, 40)
  const scores = TASKS.map((_, k) => Float64Array.from(rows, (_row, i) => ((i * (k + 3)) % 17) / 17))
  const judge = (changed: readonly TrainingExample[]) =>
    judgeRun({ rows: changed, views: { live: scores, frozen: scores }, pass: null }, 20).views.frozen[0]
  const withLabel = (label: number) =>
    rows.map((row) => ({ ...row, tasks: row.tasks.map((task) => ({ ...task, label })) }))

  test('of a task without positives', () => {
    const { overall, bootstrap } = judge(withLabel(0))
    expect(overall).toMatchObject({ auc: NaN, gauc: NaN, ndcg5: NaN, pcoc: NaN, positives: 0, rows: 40 })
    expect(overall.logLoss).toBeGreaterThan(0)
    expect(Array.from(bootstrap.auc).every(Number.isNaN)).toBe(true)
  })

  test('of one class only', () => {
    const { overall } = judge(withLabel(1))
    expect(overall).toMatchObject({ auc: NaN, gauc: NaN, positives: 40 })
    expect(overall.ndcg5).toBe(1)
  })

  test('of a stage without rows', () => {
    const { stages, overall } = judge(rows.map((row) => ({ ...row, stage: 'loyal' as const })))
    expect(stages.wander).toMatchObject({ auc: NaN, logLoss: NaN, ece: NaN, rows: 0 })
    expect(stages.loyal).toEqual(overall)
  })
})
