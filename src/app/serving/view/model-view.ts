import type { ModelBundle } from '../../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../../core/contracts/prediction.ts'
import { PrequentialWindow } from '../../../core/ranker/metrics/prequential-window.ts'
import type { TaskMetrics } from '../../../core/ranker/metrics/task-metrics.ts'
import type { Log } from '../../../io/log/log.ts'
import type { RecordCodecs } from '../../../io/schemas/record-codecs.ts'
import { breathe } from '../../breathe.ts'
import { ChunkJoiner } from '../../chunked-record.ts'
import { TOPICS } from '../../topics.ts'
import { shadowOf } from '../../trainer/shadow-header.ts'

/** Predictions of one point of the history. */
const BLOCK = 4096
/** Points of the history, and bundles in the list. */
const HISTORY_LENGTH = 120
const LISTED_BUNDLES = 50
const CHUNK = 500

export type BundleHead = Pick<ModelBundle, 'version' | 'mode' | 'exampleCount' | 'eventTime'>

/** Metrics over one block of predictions, each made before its example was trained on. */
export interface HistoryPoint {
  readonly exampleCount: number
  readonly time: number
  readonly tasks: Readonly<Record<string, TaskMetrics>>
}

/**
 * What the ranker publishes, as it is now: the newest bundles, and metrics over the latest predictions. It is kept in
 * memory alone; a start reads the end of the topics again.
 */
export class ModelView {
  readonly window: PrequentialWindow
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly tasks: readonly string[]
  private readonly joiner = new ChunkJoiner()
  private block: PrequentialWindow
  private readonly points: HistoryPoint[] = []
  private readonly heads: BundleHead[] = []
  private newest: ModelBundle | null = null
  private nextPrediction = 0
  private nextBundle = 0

  private constructor(log: Log, codecs: RecordCodecs, tasks: readonly string[]) {
    this.log = log
    this.codecs = codecs
    this.tasks = tasks
    this.window = new PrequentialWindow(tasks)
    this.block = new PrequentialWindow(tasks, BLOCK)
  }

  static async open(log: Log, codecs: RecordCodecs, tasks: readonly string[]): Promise<ModelView> {
    const view = new ModelView(log, codecs, tasks)
    view.nextPrediction = await endLess(log, TOPICS.predictions, BLOCK * HISTORY_LENGTH)
    view.nextBundle = await endLess(log, TOPICS.modelBundles, LISTED_BUNDLES)
    return view
  }

  /** The newest bundle; null before the first. */
  get bundle(): ModelBundle | null {
    return this.newest
  }

  /** The newest first. */
  bundles(): readonly BundleHead[] {
    return this.heads.toReversed()
  }

  /** The oldest first. */
  history(): readonly HistoryPoint[] {
    return this.points
  }

  /** Takes over the next records. False when none had come. */
  async follow(): Promise<boolean> {
    const predictions = await this.log.read(TOPICS.predictions, 0, this.nextPrediction, CHUNK)
    for (const { value, headers } of predictions.records) {
      await breathe()
      if (value && shadowOf(headers) === undefined) this.add(this.codecs.prediction.decodeOwn(value))
    }
    const bundles = await this.log.read(TOPICS.modelBundles, 0, this.nextBundle, CHUNK)
    for (const record of bundles.records) {
      const whole = this.joiner.add(record)
      if (whole) this.addBundle(this.codecs.modelBundle.decodeOwn(whole.value))
    }
    const hasMoved = predictions.nextOffset > this.nextPrediction || bundles.nextOffset > this.nextBundle
    this.nextPrediction = predictions.nextOffset
    this.nextBundle = bundles.nextOffset
    return hasMoved
  }

  private add(prediction: Prediction): void {
    this.window.add(prediction)
    this.block.add(prediction)
    if (this.block.size < BLOCK) return
    const { exampleCount, impressionTime } = prediction
    this.points.push({ exampleCount, time: impressionTime, tasks: this.block.overall() })
    if (this.points.length > HISTORY_LENGTH) this.points.shift()
    this.block = new PrequentialWindow(this.tasks, BLOCK)
  }

  private addBundle(bundle: ModelBundle): void {
    const { version, mode, exampleCount, eventTime } = bundle
    this.newest = bundle
    this.heads.push({ version, mode, exampleCount, eventTime })
    if (this.heads.length > LISTED_BUNDLES) this.heads.shift()
  }
}

/** The offset that lies so many before the end of a topic's one partition, or its start. */
async function endLess(log: Log, topic: string, count: number): Promise<number> {
  return Math.max(await log.startOffset(topic, 0), (await log.endOffset(topic, 0)) - count)
}
