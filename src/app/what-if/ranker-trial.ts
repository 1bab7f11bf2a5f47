import type { UserId } from '../../core/contracts/ids.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { auc } from '../../core/ranker/metrics/auc.ts'
import { logLoss } from '../../core/ranker/metrics/log-loss.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'

export interface TrialMetrics {
  readonly task: string
  readonly auc: number
  readonly logLoss: number
  readonly examples: number
}

/** Scores and labels per task, 16 bytes each. */
export class TrialScores {
  readonly #tasks: readonly string[]
  readonly #scores: number[][]
  readonly #labels: number[][]

  constructor(tasks: readonly string[]) {
    this.#tasks = tasks
    this.#scores = tasks.map(() => [])
    this.#labels = tasks.map(() => [])
  }

  /** `label` in [0,1]; NaN is unknown and does not count. */
  add(k: number, trial: boolean, score: number, label: number): void {
    if (!trial || Number.isNaN(label)) return
    this.#scores[k].push(score)
    this.#labels[k].push(label >= 0.5 ? 1 : 0)
  }

  metrics(): TrialMetrics[] {
    return this.#tasks.map((task, k) => {
      const [scores, labels] = [this.#scores[k], this.#labels[k]]
      return { task, auc: auc(scores, labels), logLoss: logLoss(scores, labels), examples: labels.length }
    })
  }
}

/**
 * A ranker of its own, trained on examples as they come, in the trainer's batches: predict, then train. The same mode on
 * the same examples gives the scores that were published.
 */
export class RankerTrial {
  readonly scores: TrialScores
  readonly #ranker: Ranker
  readonly #settings: RankerSettings
  readonly #counts: (timeMs: number) => boolean
  #batch: TrainingExample[] = []
  #erased: UserId[] = []

  /** `counts` says of an impression time whether its prediction is judged. */
  constructor(settings: RankerSettings, counts: (timeMs: number) => boolean) {
    this.#settings = settings
    this.#counts = counts
    this.#ranker = new Ranker(settings)
    this.scores = new TrialScores(settings.tasks)
  }

  add(example: TrainingExample): void {
    this.#batch.push(example)
    if (this.#batch.length >= this.#settings.batchSize) this.flush()
  }

  erase(userId: UserId): void {
    this.#erased.push(userId)
  }

  /** Predicts and trains on what is left. */
  flush(): void {
    const batch = this.#batch
    this.#batch = []
    if (batch.length > 0) {
      const { scores } = this.#ranker.testThenTrain(batch)
      batch.forEach(({ kind, impressionTime, tasks }, row) => {
        if (kind === 'correction' || !this.#counts(impressionTime)) return
        tasks.forEach(({ trial, label }, k) => this.scores.add(k, trial, scores[row * tasks.length + k], label))
      })
    }
    this.#ranker.eraseUsers(this.#erased)
    this.#erased = []
  }

  dispose(): void {
    this.#ranker.dispose()
  }
}
