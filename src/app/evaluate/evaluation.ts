import { byStage, type Stage } from '../../core/contracts/stage.ts'
import { pairedDifference, type PairedDifference } from '../../core/ranker/metrics/paired-difference.ts'
import type { ReliabilityBin } from '../../core/ranker/metrics/reliability.ts'
import { createSeededRandom } from '../../core/statistics/seeded-random.ts'
import { type CurvePoint, type MetricSet, METRICS, type Metric, type RunResult, type TaskResult } from './judge-run.ts'
import type { Protocol } from './run-protocol.ts'

export interface MeanAndStd {
  readonly mean: number
  /** Sample standard deviation over seeds; NaN for one seed. */
  readonly std: number
}

export type Figures = Readonly<Record<Metric | 'relaImpr', MeanAndStd>> & {
  readonly rows: number
  readonly positives: number
}

export interface TaskFigures {
  readonly overall: Figures
  /** By the stage at the impression. */
  readonly stages: Readonly<Record<Stage, Figures>>
}

/** One variant under one protocol; tasks by name, views as in run-protocol.ts. */
export interface VariantFigures {
  readonly views: Readonly<Record<string, Readonly<Record<string, TaskFigures>>>>
  /** Against the base, first view: per task and for `mean`, the mean over tasks; null for the base itself. */
  readonly paired: Readonly<Record<string, { auc: PairedDifference; logLoss: PairedDifference }>> | null
  /** By view and task: bins of equal mass, each the mean over seeds. */
  readonly reliability: Readonly<Record<string, Readonly<Record<string, readonly ReliabilityBin[]>>>>
  /** Mean over seeds, [point], each [task]. */
  readonly curve: readonly CurvePoint[]
}

export interface ProtocolFigures {
  readonly rows: number
  readonly users: number
  readonly fromMs: number
  readonly toMs: number
  readonly variants: Readonly<Record<string, VariantFigures>>
}

/** Runs of one protocol by variant, in the order of the seeds. */
export type RunsByVariant = ReadonlyMap<string, readonly RunResult[]>

/** Sums the runs of a protocol up; differences and RelaImpr are against the base, NaN where it is not among them. */
export function summarise(runs: RunsByVariant, tasks: readonly string[], base: string): ProtocolFigures {
  const [first] = [...runs.values()][0]
  const baseRuns = runs.get(base)
  const variants = [...runs].map(([name, of]): [string, VariantFigures] => [
    name,
    {
      views: Object.fromEntries(
        Object.keys(first.views).map((view) => [
          view,
          Object.fromEntries(
            tasks.map((task, k) => [
              task,
              taskFigures(resultsOf(of, view, k), baseRuns && resultsOf(baseRuns, view, k)),
            ]),
          ),
        ]),
      ),
      paired: baseRuns && name !== base ? pairedFigures(of, baseRuns, tasks) : null,
      reliability: Object.fromEntries(
        Object.keys(first.views).map((view) => [
          view,
          Object.fromEntries(tasks.map((task, k) => [task, meanBins(resultsOf(of, view, k))])),
        ]),
      ),
      curve: meanCurve(of),
    },
  ])
  const { rows, users, fromMs, toMs } = first
  return { rows, users, fromMs, toMs, variants: Object.fromEntries(variants) }
}

export function protocolTitle(protocol: Protocol, judge: string): string {
  if (protocol === 'split') return `Split: ${judge} days, model frozen`
  if (protocol === 'sync') return 'Serving copy: the model trains on, a copy of it serves'
  return judge === 'test' ? 'Prequential: second half of one pass' : 'Prequential: validation days of one pass'
}

function resultsOf(runs: readonly RunResult[], view: string, k: number): TaskResult[] {
  return runs.map(({ views }) => views[view][k])
}

function taskFigures(results: readonly TaskResult[], base: readonly TaskResult[] | undefined): TaskFigures {
  const figures = (pick: (result: TaskResult) => MetricSet): Figures => {
    const sets = results.map(pick)
    const baseAuc = base ? meanAndStd(base.map((result) => pick(result).auc)).mean : Number.NaN
    const entries = METRICS.map((metric) => [metric, meanAndStd(sets.map((set) => set[metric]))])
    return {
      ...(Object.fromEntries(entries) as Record<Metric, MeanAndStd>),
      relaImpr: meanAndStd(sets.map(({ auc }) => (auc - 0.5) / (baseAuc - 0.5) - 1)),
      rows: sets[0].rows,
      positives: sets[0].positives,
    }
  }
  return {
    overall: figures(({ overall }) => overall),
    stages: byStage((stage) => figures(({ stages }) => stages[stage])),
  }
}

function pairedFigures(runs: readonly RunResult[], base: readonly RunResult[], tasks: readonly string[]) {
  const [view] = Object.keys(runs[0].views)
  const difference = (metric: 'auc' | 'logLoss', picked: readonly number[]): PairedDifference => {
    const figure = (of: readonly RunResult[]) => ({
      values: of.map((run) => mean(picked.map((k) => run.views[view][k].overall[metric]))),
      resampled: of.map((run) => meanColumns(picked.map((k) => run.views[view][k].bootstrap[metric]))),
    })
    const random = createSeededRandom(1)
    return pairedDifference(figure(runs), figure(base), () => random.next())
  }
  const all = tasks.map((_, k) => k)
  return Object.fromEntries(
    [...tasks.map((task, k): [string, number[]] => [task, [k]]), ['mean', all] as [string, number[]]].map(
      ([name, picked]) => [name, { auc: difference('auc', picked), logLoss: difference('logLoss', picked) }],
    ),
  )
}

/** The same rows in every run, so bins of one place have the same count. */
function meanBins(results: readonly TaskResult[]): ReliabilityBin[] {
  return results[0].reliability.map(({ count }, bin) => {
    const figure = (name: 'lower' | 'upper' | 'score' | 'rate') =>
      mean(results.map(({ reliability }) => reliability[bin][name]))
    return { lower: figure('lower'), upper: figure('upper'), score: figure('score'), rate: figure('rate'), count }
  })
}

function meanColumns(columns: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from({ length: columns[0].length }, (_, r) => mean(columns.map((column) => column[r])))
}

function meanCurve(runs: readonly RunResult[]): CurvePoint[] {
  return runs[0].curve.map(({ untilMs, auc }, point) => ({
    untilMs,
    auc: auc.map((_, k) => mean(runs.map(({ curve }) => curve[point].auc[k]))),
    logLoss: auc.map((_, k) => mean(runs.map(({ curve }) => curve[point].logLoss[k]))),
  }))
}

function meanAndStd(values: readonly number[]): MeanAndStd {
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return { mean: centre, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
