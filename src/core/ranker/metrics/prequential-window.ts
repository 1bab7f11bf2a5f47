import type { Prediction } from '../../contracts/prediction.ts'
import { STAGES, type Stage } from '../../contracts/stage.ts'
import { reliability, type ReliabilityBin } from './reliability.ts'
import { scoredLabels, type TaskMetrics, taskMetrics } from './task-metrics.ts'

const CAPACITY = 20_000

/** The most recent predictions, for metrics of a stream that never ends: test-then-train (prequential). */
export class PrequentialWindow {
  readonly capacity: number
  private readonly tasks: readonly string[]
  private readonly ring: Prediction[] = []
  private next = 0

  constructor(tasks: readonly string[], capacity = CAPACITY) {
    this.tasks = tasks
    this.capacity = capacity
  }

  get size(): number {
    return this.ring.length
  }

  add(prediction: Prediction): void {
    if (this.ring.length < this.capacity) this.ring.push(prediction)
    else this.ring[this.next] = prediction
    this.next = (this.next + 1) % this.capacity
  }

  /** Metrics per task over the window. */
  overall(): Record<string, TaskMetrics> {
    return this.metricsOf(this.ring)
  }

  /** Metrics per stage and task: the stage is the one at the impression. */
  byStage(): Record<Stage, Record<string, TaskMetrics>> {
    return Object.fromEntries(
      STAGES.map((stage) => [stage, this.metricsOf(this.ring.filter((prediction) => prediction.stage === stage))]),
    ) as Record<Stage, Record<string, TaskMetrics>>
  }

  /** Bins of a reliability diagram per task. */
  reliability(bins: number): Record<string, ReliabilityBin[]> {
    return Object.fromEntries(
      this.tasks.map((task, k) => {
        const { scores, labels } = scoredLabels(this.ring, k)
        return [task, reliability(scores, labels, bins)]
      }),
    )
  }

  private metricsOf(predictions: readonly Prediction[]): Record<string, TaskMetrics> {
    return Object.fromEntries(this.tasks.map((task, k) => [task, taskMetrics(predictions, k)]))
  }
}
