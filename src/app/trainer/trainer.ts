import type { BundleVersion, UserId } from '../../core/contracts/ids.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { PrequentialWindow } from '../../core/ranker/metrics/prequential-window.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import type { Log, LogWriter } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import type { WorldLogger } from '../wire.ts'
import { reasonAgainst } from './bundle-guard.ts'
import type { Instruments } from '../observability/instruments.ts'
import { nextBundleAt } from './bundle-schedule.ts'
import { encodeCheckpoint } from './checkpoint-record.ts'
import { latestCheckpoint, latestPredictions, publishedBundle } from './ranker-history.ts'
import { rankerOutputs } from './ranker-outputs.ts'

export interface TrainerOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly settings: RankerSettings
  readonly group: string
  readonly partitions: number
  /** Examples between bundles. A bundle, its checkpoint, the predictions and the positions are one commit. */
  readonly bundleEvery: number
  /** Share by which a bundle may be worse than the current one on the batch behind it; 0: every bundle is published. */
  readonly bundleGuard: number
  /** Name of a ranker that runs beside the main one: it predicts and trains, and publishes no bundles. */
  readonly shadow?: string
  readonly logger: WorldLogger
  readonly instruments?: Instruments
}

const READ_LIMIT = 4096

/** Of a partition, read and not yet trained on: not enough for a batch. */
interface Waiting {
  readonly batch: TrainingExample[]
  readonly erased: UserId[]
  /** Next offset to read. */
  nextOffset: number
}

const decoder = new TextDecoder()

/**
 * Trains the ranker on training-examples: predict, then train, in full batches. Whatever was trained since the last
 * commit is trained again after a crash, from the checkpoint, to the same weights.
 *
 * A batch whose loss explodes is not trained on, and the weights go back to the latest checkpoint: what broke them may
 * lie before it. A bundle is made before the last batch of its interval and judged on that batch.
 */
export class Trainer {
  private readonly options: TrainerOptions
  private ranker: Ranker
  private writer: LogWriter | null = null
  private positions: number[]
  /** By partition: read once, however often a step finds too few. */
  private waiting: Waiting[]
  private exampleCount = 0
  private committedExamples = 0
  private bundleVersion = 0
  /** The bundle that trackers have now; null before the first, for a shadow, and when it is no longer in its topic. */
  private current: ModelBundle | null = null
  private rollbackCount = 0
  private refusedCount = 0
  private eventTime = 0
  private uncommitted: Prediction[] = []
  /** When this process last published a bundle, unix ms; 0 before it did. */
  publishedMs = 0
  /** Metrics over the most recent predictions, for people who watch. */
  readonly window: PrequentialWindow

  private constructor(options: TrainerOptions) {
    this.options = options
    this.ranker = new Ranker(options.settings)
    this.positions = new Array<number>(options.partitions).fill(0)
    this.waiting = this.positions.map(nothingAt)
    this.window = new PrequentialWindow(options.settings.tasks)
  }

  static async open(options: TrainerOptions): Promise<Trainer> {
    const trainer = new Trainer(options)
    await trainer.restore()
    return trainer
  }

  get group(): string {
    return this.options.group
  }

  get trainedExamples(): number {
    return this.exampleCount
  }

  get latestBundleVersion(): number {
    return this.bundleVersion
  }

  /** Embedding rows by field. */
  embeddingRows(): ReadonlyMap<string, number> {
    return this.ranker.embeddingRows()
  }

  /** Times that the weights went back to a checkpoint, in this process. */
  get rollbacks(): number {
    return this.rollbackCount
  }

  /** Bundles that were not published because the current one was better, in this process. */
  get refusedBundles(): number {
    return this.refusedCount
  }

  /**
   * Trains on what is there, in full batches; with `partial` also on the rest, and commits. Returns the number of
   * examples. Reads partition after partition, so with several of them the order depends on when examples arrive.
   */
  async step({ partial }: { partial: boolean }): Promise<number> {
    let trained = 0
    for (let partition = 0; partition < this.options.partitions; partition++) {
      trained += await this.drain(partition, partial)
    }
    if (partial && this.exampleCount > this.committedExamples) await this.commit(this.makeBundle())
    return trained
  }

  dispose(): void {
    this.ranker.dispose()
  }

  async close(): Promise<void> {
    this.dispose()
    await this.writer?.close()
  }

  private async drain(partition: number, partial: boolean): Promise<number> {
    const { log, codecs, settings } = this.options
    let trained = 0
    let held = this.waiting[partition]
    for (;;) {
      const slice = await log.read(TOPICS.trainingExamples, partition, held.nextOffset, READ_LIMIT)
      if (slice.nextOffset === held.nextOffset) break
      for (const record of slice.records) {
        if (record.value) held.batch.push(codecs.trainingExample.decodeOwn(record.value))
        else if (record.key) held.erased.push(decoder.decode(record.key) as UserId)
        held.nextOffset = record.offset + 1
        if (held.batch.length < settings.batchSize) continue
        await this.train(held, partition)
        trained += held.batch.length
        held = this.waiting[partition]
      }
      held.nextOffset = slice.nextOffset
    }
    if (partial && held.batch.length + held.erased.length > 0) {
      await this.train(held, partition)
      trained += held.batch.length
    }
    return trained
  }

  private async train({ batch, erased, nextOffset }: Waiting, partition: number): Promise<void> {
    const { bundleEvery, settings } = this.options
    const due = nextBundleAt(this.exampleCount, settings.batchSize, bundleEvery)
    const isDue = this.exampleCount + batch.length >= due
    const candidate = isDue ? this.candidate() : null
    if (batch.length > 0) {
      const startedMs = performance.now()
      const span = this.options.instruments?.tracing.begin('ranker step', { 'stan.examples': batch.length })
      const scores = await this.testThenTrain(batch)
      span?.end()
      this.options.instruments?.trained((performance.now() - startedMs) / 1000)
      batch.forEach((example, i) => this.keepPrediction(example, scores, i))
      this.exampleCount += batch.length
    }
    this.ranker.eraseUsers(erased)
    this.positions[partition] = nextOffset
    this.waiting[partition] = nothingAt(nextOffset)
    if (candidate) await this.commit(this.judged(candidate, batch))
    else if (isDue || erased.length > 0) await this.commit(this.makeBundle())
  }

  /** A bundle that can be judged by the batch to come; null where it would be the current one again, or nobody judges. */
  private candidate(): ModelBundle | null {
    if (this.options.bundleGuard === 0) return null
    return this.current && this.exampleCount > this.current.exampleCount ? this.makeBundle() : null
  }

  private judged(candidate: ModelBundle, batch: readonly TrainingExample[]): ModelBundle | null {
    const reason = reasonAgainst(candidate, this.current!, batch, this.options.bundleGuard)
    if (reason === null) return candidate
    this.refusedCount++
    this.options.logger.warn({ version: candidate.version }, `Bundle ${candidate.version} is not published: ${reason}`)
    return null
  }

  private async testThenTrain(batch: readonly TrainingExample[]): Promise<Float32Array> {
    const { scores, refused } = this.ranker.testThenTrain(batch)
    if (refused === null) return scores
    const checkpoint = await latestCheckpoint(this.options.log, this.options.group)
    const what = checkpoint ? `the checkpoint at ${checkpoint.head.exampleCount} examples` : 'its start'
    this.options.logger.warn({ exampleCount: this.exampleCount }, `The ranker goes back to ${what}: ${refused}`)
    this.rollbackCount++
    if (checkpoint) this.ranker.rollBack(checkpoint.snapshot)
    else {
      this.ranker.dispose()
      this.ranker = new Ranker(this.options.settings)
    }
    await this.observeSince(checkpoint?.head.positions ?? this.positions.map(() => 0))
    const judged = this.ranker.predict(batch)
    this.ranker.observe(batch)
    return judged
  }

  /** The statistics of the population lose nothing: examples since the checkpoint are counted, and not trained on. */
  private async observeSince(positions: readonly number[]): Promise<void> {
    const { log, codecs } = this.options
    for (const [partition, from] of positions.entries()) {
      const slices = readTo(log, TOPICS.trainingExamples, partition, from, this.positions[partition], READ_LIMIT)
      for await (const { records } of slices) {
        const values = records.flatMap(({ value }) => (value ? [codecs.trainingExample.decodeOwn(value)] : []))
        if (values.length > 0) this.ranker.observe(values)
      }
    }
  }

  /** A correction was predicted when its example came; it adds nothing to the metrics. */
  private keepPrediction(example: TrainingExample, scores: Float32Array, row: number): void {
    this.eventTime = Math.max(this.eventTime, example.impressionTime)
    if (example.kind === 'correction') return
    const prediction: Prediction = {
      exampleId: example.exampleId,
      userId: example.userId,
      impressionTime: example.impressionTime,
      stage: example.stage,
      exampleCount: this.exampleCount,
      tasks: example.tasks.map(({ task, trial, label }, k) => ({
        task,
        trial,
        score: scores[row * example.tasks.length + k],
        label: Number.isNaN(label) ? label : label >= 0.5 ? 1 : 0,
      })),
    }
    this.uncommitted.push(prediction)
    this.window.add(prediction)
  }

  private makeBundle(): ModelBundle {
    return {
      version: (this.bundleVersion + 1) as BundleVersion,
      mode: this.options.settings.mode,
      exampleCount: this.exampleCount,
      eventTime: this.eventTime,
      tasks: this.ranker.taskPopulations(),
      extractor: this.ranker.exportExtractor(),
    }
  }

  /** `bundle` is null when the current one stays. */
  private async commit(bundle: ModelBundle | null): Promise<void> {
    const { group, partitions, shadow } = this.options
    const bundleVersion = bundle?.version ?? this.bundleVersion
    const checkpoint = encodeCheckpoint(
      {
        positions: this.positions,
        exampleCount: this.exampleCount,
        bundleVersion,
        eventTime: this.eventTime,
      },
      this.ranker.snapshot(),
    )
    const outputs = rankerOutputs(
      { predictions: this.uncommitted, bundle, checkpoint, eventTime: this.eventTime },
      this.options,
    )
    const positions = Array.from({ length: partitions }, (_, partition) => {
      return { topic: TOPICS.trainingExamples, partition, nextOffset: this.positions[partition] }
    })
    const startedMs = performance.now()
    await this.writer!.commit({ group, outputs, positions })
    this.bundleVersion = bundleVersion
    if (bundle && shadow === undefined) this.current = bundle
    this.options.instruments?.committed('ranker', (performance.now() - startedMs) / 1000, [], Date.now())
    this.publishedMs = Date.now()
    this.committedExamples = this.exampleCount
    this.uncommitted = []
  }

  private async restore(): Promise<void> {
    const { log, codecs, group, shadow } = this.options
    this.writer = await log.openWriter(group)
    const checkpoint = await latestCheckpoint(log, group)
    if (!checkpoint) return
    const { head, snapshot } = checkpoint
    this.ranker.restore(snapshot)
    this.positions = [...head.positions]
    this.waiting = this.positions.map(nothingAt)
    this.exampleCount = head.exampleCount
    this.committedExamples = head.exampleCount
    this.eventTime = head.eventTime
    this.bundleVersion = head.bundleVersion
    if (shadow === undefined) this.current = await publishedBundle(log, codecs, head.bundleVersion)
    for await (const prediction of latestPredictions(log, codecs, this.window.capacity, shadow))
      this.window.add(prediction)
  }
}

function nothingAt(nextOffset: number): Waiting {
  return { batch: [], erased: [], nextOffset }
}
