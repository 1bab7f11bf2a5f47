import type { BundleVersion, UserId } from '../../core/contracts/ids.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { PrequentialWindow } from '../../core/ranker/metrics/prequential-window.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import type { Log, LogWriter, OutputRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { ChunkJoiner, chunksOf } from '../chunked-record.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import type { Instruments } from '../observability/instruments.ts'
import { nextBundleAt } from './bundle-schedule.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-record.ts'
import { shadowHeaders, shadowOf } from './shadow-header.ts'

export interface TrainerOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly settings: RankerSettings
  readonly group: string
  readonly partitions: number
  /** Examples between bundles. A bundle, its checkpoint, the predictions and the positions are one commit. */
  readonly bundleEvery: number
  /** Name of a ranker that runs beside the main one: it predicts and trains, and publishes no bundles. */
  readonly shadow?: string
  readonly instruments?: Instruments
}

const READ_LIMIT = 4096
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Trains the ranker on training-examples: predict, then train, in full batches. Whatever was trained since the last
 * commit is trained again after a crash, from the checkpoint, to the same weights.
 */
export class Trainer {
  private readonly options: TrainerOptions
  private readonly ranker: Ranker
  private writer: LogWriter | null = null
  private positions: number[]
  private exampleCount = 0
  private committedExamples = 0
  private bundleVersion = 0
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

  /**
   * Trains on what is there, in full batches; with `partial` also on the rest, and commits. Returns the number of
   * examples. Reads partition after partition, so with several of them the order depends on when examples arrive.
   */
  async step({ partial }: { partial: boolean }): Promise<number> {
    let trained = 0
    for (let partition = 0; partition < this.options.partitions; partition++) {
      trained += await this.drain(partition, partial)
    }
    if (partial && this.exampleCount > this.committedExamples) await this.commit()
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
    let batch: TrainingExample[] = []
    let erased: UserId[] = []
    let offset = this.positions[partition]
    for (;;) {
      const slice = await log.read(TOPICS.trainingExamples, partition, offset, READ_LIMIT)
      if (slice.nextOffset === offset) break
      for (const record of slice.records) {
        if (record.value) batch.push(codecs.trainingExample.decodeOwn(record.value))
        else if (record.key) erased.push(decoder.decode(record.key) as UserId)
        if (batch.length < settings.batchSize) continue
        await this.train(batch, erased, partition, record.offset + 1)
        trained += batch.length
        batch = []
        erased = []
      }
      offset = slice.nextOffset
    }
    if (partial && batch.length + erased.length > 0) {
      await this.train(batch, erased, partition, offset)
      trained += batch.length
    }
    return trained
  }

  private async train(
    batch: readonly TrainingExample[],
    erased: readonly UserId[],
    partition: number,
    nextOffset: number,
  ): Promise<void> {
    const { batchSize } = this.options.settings
    const due = nextBundleAt(this.exampleCount, batchSize, this.options.bundleEvery)
    if (batch.length > 0) {
      const startedMs = performance.now()
      const span = this.options.instruments?.tracing.begin('ranker step', { 'stan.examples': batch.length })
      const { scores } = this.ranker.testThenTrain(batch)
      span?.end()
      this.options.instruments?.trained((performance.now() - startedMs) / 1000)
      batch.forEach((example, i) => this.keepPrediction(example, scores, i))
      this.exampleCount += batch.length
    }
    for (const userId of erased) this.ranker.eraseUser(userId)
    this.positions[partition] = nextOffset
    if (this.exampleCount >= due || erased.length > 0) await this.commit()
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

  private async commit(): Promise<void> {
    const { codecs, settings, group, partitions, shadow } = this.options
    this.bundleVersion++
    const bundle: ModelBundle = {
      version: this.bundleVersion as BundleVersion,
      mode: settings.mode,
      exampleCount: this.exampleCount,
      eventTime: this.eventTime,
      tasks: this.ranker.taskPopulations(),
      extractor: this.ranker.exportExtractor(),
    }
    const checkpoint = encodeCheckpoint(
      {
        positions: this.positions,
        exampleCount: this.exampleCount,
        bundleVersion: this.bundleVersion,
        eventTime: this.eventTime,
      },
      this.ranker.snapshot(),
    )
    const timestamp = this.eventTime
    const outputs: OutputRecord[] = this.uncommitted.map((prediction) => ({
      topic: TOPICS.predictions,
      partition: 0,
      key: encoder.encode(prediction.userId),
      value: codecs.prediction.encode(prediction),
      timestamp: prediction.impressionTime,
      headers: shadowHeaders(shadow),
    }))
    if (shadow === undefined) {
      const value = codecs.modelBundle.encode(bundle)
      outputs.push(...chunksOf({ topic: TOPICS.modelBundles, partition: 0, key: null, value, timestamp }))
    }
    outputs.push(
      ...chunksOf({
        topic: TOPICS.checkpoints,
        partition: 0,
        key: encoder.encode(group),
        value: checkpoint,
        timestamp,
      }),
    )
    const positions = Array.from({ length: partitions }, (_, partition) => {
      return { topic: TOPICS.trainingExamples, partition, nextOffset: this.positions[partition] }
    })
    const startedMs = performance.now()
    await this.writer!.commit({ group, outputs, positions })
    this.options.instruments?.committed('ranker', (performance.now() - startedMs) / 1000, [], Date.now())
    this.publishedMs = Date.now()
    this.committedExamples = this.exampleCount
    this.uncommitted = []
  }

  private async restore(): Promise<void> {
    const { log, codecs, group } = this.options
    this.writer = await log.openWriter(group)
    const end = await log.endOffset(TOPICS.checkpoints, 0)
    let checkpoint: Uint8Array | null = null
    const joiner = new ChunkJoiner()
    for await (const { records } of readTo(log, TOPICS.checkpoints, 0, 0, end, 16)) {
      for (const record of records) {
        const whole = joiner.add(record)
        if (whole?.key && decoder.decode(whole.key) === group) checkpoint = whole.value
      }
    }
    if (!checkpoint) return
    const { head, snapshot } = decodeCheckpoint(checkpoint)
    this.ranker.restore(snapshot)
    this.positions = [...head.positions]
    this.exampleCount = head.exampleCount
    this.committedExamples = head.exampleCount
    this.bundleVersion = head.bundleVersion
    this.eventTime = head.eventTime
    await this.refillWindow(codecs)
  }

  /** The live metrics go on from the latest predictions. */
  private async refillWindow(codecs: RecordCodecs): Promise<void> {
    const { log } = this.options
    const end = await log.endOffset(TOPICS.predictions, 0)
    const start = await log.startOffset(TOPICS.predictions, 0)
    const from = Math.max(start, end - this.window.capacity)
    for await (const { records } of readTo(log, TOPICS.predictions, 0, from, end, READ_LIMIT)) {
      for (const { value, headers } of records) {
        if (value && shadowOf(headers) === this.options.shadow) this.window.add(codecs.prediction.decodeOwn(value))
      }
    }
  }
}
