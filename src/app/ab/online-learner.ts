import type { BundleVersion } from '../../core/contracts/ids.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import { nextBundleAt } from '../trainer/bundle-schedule.ts'

export interface BatchHooks {
  readonly before?: (batch: readonly TrainingExample[]) => void
  readonly scored?: (batch: readonly TrainingExample[], scores: Float32Array) => void
}

/** A ranker that learns from examples as they come: what Trainer does, without a log. */
export class OnlineLearner {
  readonly ranker: Ranker
  private readonly bundleEvery: number
  private waiting: TrainingExample[] = []
  private exampleCount = 0
  private version = 0
  private eventTime = 0

  constructor(settings: RankerSettings, bundleEvery: number) {
    this.ranker = new Ranker(settings)
    this.bundleEvery = bundleEvery
  }

  /**
   * Trains on every full batch: tells of it before, and after with the scores that it had before, (B, T). Returns the
   * newest bundle, or null when none was due.
   */
  add(examples: readonly TrainingExample[], { before, scored }: BatchHooks = {}): ModelBundle | null {
    const { batchSize } = this.ranker.settings
    this.waiting.push(...examples)
    let bundle: ModelBundle | null = null
    let from = 0
    for (; from + batchSize <= this.waiting.length; from += batchSize) {
      const batch = this.waiting.slice(from, from + batchSize)
      const due = nextBundleAt(this.exampleCount, batchSize, this.bundleEvery)
      before?.(batch)
      const { scores } = this.ranker.testThenTrain(batch)
      scored?.(batch, scores)
      this.exampleCount += batch.length
      for (const { impressionTime } of batch) this.eventTime = Math.max(this.eventTime, impressionTime)
      if (this.exampleCount >= due) bundle = this.bundle()
    }
    this.waiting = this.waiting.slice(from)
    return bundle
  }

  /** A ranker as this one is now. */
  copy(): OnlineLearner {
    const copy = new OnlineLearner(this.ranker.settings, this.bundleEvery)
    copy.ranker.restore(this.ranker.snapshot())
    return copy
  }

  dispose(): void {
    this.ranker.dispose()
  }

  private bundle(): ModelBundle {
    return {
      version: ++this.version as BundleVersion,
      mode: this.ranker.settings.mode,
      exampleCount: this.exampleCount,
      eventTime: this.eventTime,
      tasks: this.ranker.taskPopulations(),
      extractor: this.ranker.exportExtractor(),
    }
  }
}
