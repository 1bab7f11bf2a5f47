import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { auc } from '../../core/ranker/metrics/auc.ts'
import { expectedCalibrationError, predictedOverObserved } from '../../core/ranker/metrics/calibration.ts'
import { groupAuc } from '../../core/ranker/metrics/gauc.ts'
import { logLoss } from '../../core/ranker/metrics/log-loss.ts'
import { ndcgAt } from '../../core/ranker/metrics/ndcg.ts'
import { pairedAucDifferences, type PairedDifference } from '../../core/ranker/metrics/paired-bootstrap.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import {
  type OnBatch,
  type Protocol,
  runPrequential,
  runSplit,
  type ScoredRows,
  type SplitBounds,
  splitRows,
} from './run-protocol.ts'

export const METRICS = ['auc', 'gauc', 'ndcg5', 'logLoss', 'ece', 'pcoc'] as const
export type Metric = (typeof METRICS)[number]

export interface MeanAndStd {
  readonly mean: number
  /** Sample standard deviation over seeds; NaN for one seed. */
  readonly std: number
}

type ByProtocol<T> = Partial<Record<Protocol, T>>

/** GAUC and NDCG@5 are grouped by user, with the state frozen over the block; NaN in the prequential protocol. */
export interface Evaluation {
  readonly modes: Record<string, ByProtocol<Record<string, Record<Metric, MeanAndStd>>>>
  /** `a-b`: AUC of a less AUC of b per task, and `mean` over tasks, with a 95 % interval over resampled users. */
  readonly paired: Record<string, ByProtocol<Record<string, { auc: PairedDifference }>>>
}

export interface EvaluationPlan {
  readonly modes: readonly string[]
  readonly seeds: number
  readonly protocols: readonly Protocol[]
  readonly bounds: SplitBounds
  readonly settingsOf: (mode: string, seed: number) => RankerSettings
}

const RESAMPLES = 200

/** Trains every mode with every seed on the same examples, protocol by protocol, and compares them. */
export function evaluate(examples: readonly TrainingExample[], plan: EvaluationPlan, onBatch: OnBatch): Evaluation {
  const evaluation: Evaluation = { modes: {}, paired: {} }
  for (const protocol of plan.protocols) {
    const runs = new Map<string, ScoredRows[]>()
    for (const mode of plan.modes) {
      const scored: ScoredRows[] = []
      for (let seed = 1; seed <= plan.seeds; seed++) {
        const settings = plan.settingsOf(mode, seed)
        scored.push(
          protocol === 'split'
            ? runSplit(examples, plan.bounds, settings, onBatch)
            : runPrequential(examples, settings, onBatch),
        )
      }
      runs.set(mode, scored)
      const tasks = plan.settingsOf(mode, 1).tasks
      evaluation.modes[mode] ??= {}
      evaluation.modes[mode][protocol] = Object.fromEntries(tasks.map((task, k) => [task, summary(scored, k)]))
    }
    for (const [a, b] of pairsOf(plan.modes)) {
      const tasks = plan.settingsOf(a, 1).tasks
      const differences = compare(runs.get(a)!, runs.get(b)!, tasks.length)
      evaluation.paired[`${a}-${b}`] ??= {}
      evaluation.paired[`${a}-${b}`][protocol] = Object.fromEntries(
        [...tasks, 'mean'].map((task, k) => [task, { auc: differences[k] }]),
      )
    }
  }
  return evaluation
}

/** How many examples `evaluate` tells `onBatch` of in all: the split scores its test rows twice, live and frozen. */
export function passesOf(
  examples: readonly TrainingExample[],
  { modes, seeds, protocols, bounds }: EvaluationPlan,
): number {
  const { train, test } = splitRows(examples, bounds)
  const perProtocol = { split: train.length + 2 * test.length, prequential: examples.length }
  return modes.length * seeds * protocols.reduce((sum, protocol) => sum + perProtocol[protocol], 0)
}

function summary(runs: readonly ScoredRows[], k: number): Record<Metric, MeanAndStd> {
  const perRun = runs.map((run) => metricsOf(run, k))
  return Object.fromEntries(METRICS.map((metric) => [metric, meanAndStd(perRun.map((of) => of[metric]))])) as Record<
    Metric,
    MeanAndStd
  >
}

function metricsOf({ rows, scores, frozenScores }: ScoredRows, k: number): Record<Metric, number> {
  const judged = rows.flatMap(({ tasks }, row) => (tasks[k].trial && !Number.isNaN(tasks[k].label) ? [row] : []))
  const labels = judged.map((row) => (rows[row].tasks[k].label >= 0.5 ? 1 : 0))
  const live = judged.map((row) => scores[k][row])
  const users = judged.map((row) => rows[row].userId)
  const frozen = frozenScores && judged.map((row) => frozenScores[k][row])
  return {
    auc: auc(live, labels),
    gauc: frozen ? groupAuc(frozen, labels, users) : Number.NaN,
    ndcg5: frozen ? ndcgAt(5, frozen, labels, users) : Number.NaN,
    logLoss: logLoss(live, labels),
    ece: expectedCalibrationError(live, labels),
    pcoc: predictedOverObserved(live, labels),
  }
}

function compare(first: readonly ScoredRows[], second: readonly ScoredRows[], taskCount: number): PairedDifference[] {
  const { rows } = first[0]
  const column = (of: (row: TrainingExample) => number) => Float64Array.from(rows, of)
  return pairedAucDifferences(
    {
      users: rows.map(({ userId }) => userId),
      tasks: Array.from({ length: taskCount }, (_, k) => ({
        labels: column(({ tasks }) => (tasks[k].label >= 0.5 ? 1 : 0)),
        weights: column(({ tasks }) => (tasks[k].trial && !Number.isNaN(tasks[k].label) ? 1 : 0)),
      })),
      first: first.map(({ scores }) => scores),
      second: second.map(({ scores }) => scores),
    },
    RESAMPLES,
    1,
  )
}

function pairsOf(modes: readonly string[]): [string, string][] {
  return modes.flatMap((a, i) => modes.slice(i + 1).map((b): [string, string] => [a, b]))
}

function meanAndStd(values: readonly number[]): MeanAndStd {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN }
}
