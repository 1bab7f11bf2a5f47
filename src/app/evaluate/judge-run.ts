import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { auc } from '../../core/ranker/metrics/auc.ts'
import { type BootstrapMetrics, bootstrapMetrics } from '../../core/ranker/metrics/bootstrap-metrics.ts'
import { expectedCalibrationError, predictedOverObserved } from '../../core/ranker/metrics/calibration.ts'
import { groupAuc } from '../../core/ranker/metrics/gauc.ts'
import { logLoss } from '../../core/ranker/metrics/log-loss.ts'
import { ndcgAt } from '../../core/ranker/metrics/ndcg.ts'
import { reliability, type ReliabilityBin } from '../../core/ranker/metrics/reliability.ts'
import type { ScoredRows, Scores } from './run-protocol.ts'

export const METRICS = ['auc', 'gauc', 'ndcg5', 'ndcg10', 'logLoss', 'ece', 'pcoc'] as const
export type Metric = (typeof METRICS)[number]

/** NaN where a metric has no value: one class only, no positive, no rows. */
export interface MetricSet extends Readonly<Record<Metric, number>> {
  readonly rows: number
  readonly positives: number
}

export interface TaskResult {
  readonly overall: MetricSet
  readonly stages: Readonly<Record<Stage, MetricSet>>
  readonly bootstrap: BootstrapMetrics
  readonly reliability: readonly ReliabilityBin[]
}

/** A part of the pass, equal in rows. */
export interface CurvePoint {
  readonly untilMs: number
  readonly auc: readonly number[]
  readonly logLoss: readonly number[]
}

/** What a run comes to; small enough to be kept. Tasks in the order of the settings. */
export interface RunResult {
  readonly rows: number
  readonly users: number
  readonly fromMs: number
  readonly toMs: number
  readonly views: Readonly<Record<string, readonly TaskResult[]>>
  readonly curve: readonly CurvePoint[]
}

const RELIABILITY_BINS = 15
const CURVE_POINTS = 22
const RESAMPLE_SEED = 1

/** Metrics of a run. Grouped ones (by user) only where model and state stand still over the rows: view `frozen`. */
export function judgeRun({ rows, views, pass }: ScoredRows, resamples: number): RunResult {
  const users = new Map<string, number>()
  const groups = Int32Array.from(rows, ({ userId }) => {
    const known = users.get(userId)
    if (known !== undefined) return known
    users.set(userId, users.size)
    return users.size - 1
  })
  const judge = (view: string, scores: Scores): TaskResult[] =>
    scores.map((column, k) => judgeTask(rows, column, k, groups, users.size, isGroupFair(view), resamples))
  const times = rows.map(({ impressionTime }) => impressionTime)
  return {
    rows: rows.length,
    users: users.size,
    fromMs: times.reduce((least, time) => Math.min(least, time), Infinity),
    toMs: times.reduce((most, time) => Math.max(most, time), -Infinity),
    views: Object.fromEntries(Object.entries(views).map(([view, scores]) => [view, judge(view, scores)])),
    curve: pass ? curveOf(pass.rows, pass.scores) : [],
  }
}

function isGroupFair(view: string): boolean {
  return view === 'frozen' || view === 'never/frozen'
}

function judgeTask(
  rows: readonly TrainingExample[],
  column: Float64Array,
  k: number,
  groups: Int32Array,
  groupCount: number,
  grouped: boolean,
  resamples: number,
): TaskResult {
  const judged = judgedRows(rows, k)
  const of = (chosen: readonly number[]) => metricsOf(rows, column, k, chosen, grouped)
  const scores = judged.map((row) => column[row])
  const labels = judged.map((row) => binaryLabel(rows[row], k))
  return {
    overall: of(judged),
    stages: Object.fromEntries(
      STAGES.map((stage) => [stage, of(judged.filter((row) => rows[row].stage === stage))]),
    ) as Record<Stage, MetricSet>,
    bootstrap: bootstrapMetrics(
      { scores, labels, groups: Int32Array.from(judged, (row) => groups[row]), groupCount },
      resamples,
      RESAMPLE_SEED,
    ),
    reliability: reliability(scores, labels, RELIABILITY_BINS),
  }
}

/** Rows of which the task's trial happened and the label is known. */
function judgedRows(rows: readonly TrainingExample[], k: number): number[] {
  return rows.flatMap(({ tasks }, row) => (tasks[k].trial && !Number.isNaN(tasks[k].label) ? [row] : []))
}

function binaryLabel({ tasks }: TrainingExample, k: number): number {
  return tasks[k].label >= 0.5 ? 1 : 0
}

function metricsOf(
  rows: readonly TrainingExample[],
  column: Float64Array,
  k: number,
  chosen: readonly number[],
  grouped: boolean,
): MetricSet {
  const scores = chosen.map((row) => column[row])
  const labels = chosen.map((row) => binaryLabel(rows[row], k))
  const users = grouped ? chosen.map((row) => rows[row].userId) : []
  return {
    auc: auc(scores, labels),
    gauc: grouped ? groupAuc(scores, labels, users) : Number.NaN,
    ndcg5: grouped ? ndcgAt(5, scores, labels, users) : Number.NaN,
    ndcg10: grouped ? ndcgAt(10, scores, labels, users) : Number.NaN,
    logLoss: logLoss(scores, labels),
    ece: expectedCalibrationError(scores, labels),
    pcoc: predictedOverObserved(scores, labels),
    rows: chosen.length,
    positives: labels.reduce((sum, label) => sum + label, 0),
  }
}

function curveOf(rows: readonly TrainingExample[], scores: Scores): CurvePoint[] {
  const points = Math.min(CURVE_POINTS, rows.length)
  return Array.from({ length: points }, (_, point) => {
    const from = Math.floor((point * rows.length) / points)
    const to = Math.floor(((point + 1) * rows.length) / points)
    const perTask = scores.map((column, k) => {
      const judged = judgedRows(rows.slice(from, to), k).map((row) => row + from)
      const held = judged.map((row) => column[row])
      const labels = judged.map((row) => binaryLabel(rows[row], k))
      return { auc: auc(held, labels), logLoss: logLoss(held, labels) }
    })
    return {
      untilMs: rows[to - 1].impressionTime,
      auc: perTask.map((task) => task.auc),
      logLoss: perTask.map((task) => task.logLoss),
    }
  })
}
