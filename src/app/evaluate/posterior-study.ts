import {
  type PosteriorCalibration,
  posteriorCalibration,
  populationLogLoss,
  type RateSample,
} from '../../core/ranker/metrics/posterior-calibration.ts'
import { POSTERIOR_MODES_STUDIED } from '../../core/ranker/metrics/posterior-modes.ts'
import { estimateBetaPrior } from '../../core/statistics/beta-prior.ts'
import type { CollectedExamples } from './collect-examples.ts'
import type { JudgedDays, SplitBounds } from './run-protocol.ts'

export interface TaskPosteriorStudy {
  readonly task: string
  /** Empirical-Bayes prior of the training days. */
  readonly prior: { readonly alpha: number; readonly beta: number }
  /** Log loss of the training days' rate, the same for everybody. */
  readonly populationLogLoss: number
  readonly modes: readonly PosteriorCalibration[]
}

/** Every posterior mode on the judged days; priors come from the training days alone. */
export function posteriorStudy(
  collected: CollectedExamples,
  bounds: SplitBounds,
  judge: JudgedDays,
): TaskPosteriorStudy[] {
  return collected.tasks.map((task, k) => {
    const samples = samplesOf(collected, k, bounds, judge)
    const training = samples.filter(({ timeMs }) => timeMs < bounds.trainEndMs)
    const prior = priorOf(training)
    const rate = training.reduce((sum, { label }) => sum + label, 0) / training.length
    return {
      task,
      prior: { alpha: prior.priorAlpha, beta: prior.priorBeta },
      populationLogLoss: populationLogLoss(samples, rate),
      modes: POSTERIOR_MODES_STUDIED.map((mode) => posteriorCalibration(samples, mode, prior)),
    }
  })
}

function samplesOf(
  { examples, predicted, tasks }: CollectedExamples,
  k: number,
  { trainEndMs, validEndMs }: SplitBounds,
  judge: JudgedDays,
): RateSample[] {
  const users = new Map<string, number>()
  return examples.flatMap(({ userId, impressionTime: timeMs, tasks: of }, i): RateSample[] => {
    const { trial, label } = of[k]
    if (!trial || Number.isNaN(label)) return []
    const user = users.get(userId) ?? users.size
    users.set(userId, user)
    const judged = judge === 'test' ? timeMs >= validEndMs : timeMs >= trainEndMs && timeMs < validEndMs
    if (judge === 'valid' && timeMs >= validEndMs) return []
    return [{ user, timeMs, label: label >= 0.5 ? 1 : 0, predicted: predicted[i * tasks.length + k], judged }]
  })
}

function priorOf(training: readonly RateSample[]) {
  const trials: number[] = []
  const successes: number[] = []
  for (const { user, label } of training) {
    trials[user] = (trials[user] ?? 0) + 1
    successes[user] = (successes[user] ?? 0) + label
  }
  const known = Object.keys(trials).map(Number)
  return estimateBetaPrior(
    known.map((user) => successes[user]),
    known.map((user) => trials[user]),
  )
}
