import type { TrainingExample } from '../../../core/contracts/training-example.ts'
import type { TaskGates } from '../../../core/ranker/task-gates.ts'
import { Ranker } from '../../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../../core/ranker/ranker-settings.ts'
import type { Log } from '../../../io/log/log.ts'
import { breathe } from '../../breathe.ts'
import { ChunkJoiner } from '../../chunked-record.ts'
import { TOPICS } from '../../topics.ts'
import { decodeCheckpoint } from '../../trainer/checkpoint-record.ts'
import { RANKER_GROUP } from '../../trainer/open-trainer.ts'

const CHUNK = 16

const decoder = new TextDecoder()

/** Which model scored. */
export interface ModelVersion {
  readonly version: number
  readonly exampleCount: number
  /** Event time of the newest example it was trained on, unix ms. */
  readonly eventTime: number
}

/** The serving copy of the main ranker: the weights of its newest checkpoint, never trained here. */
export class ServingModel {
  private readonly log: Log
  private readonly settings: RankerSettings
  private readonly joiner = new ChunkJoiner()
  private ranker: Ranker | null = null
  /** The one before, emptied, which the next checkpoint goes into: its weights need not be drawn anew for nothing. */
  private spare: Ranker | null = null
  private held: ModelVersion | null = null
  private nextOffset = 0

  constructor(log: Log, settings: RankerSettings) {
    this.log = log
    this.settings = settings
  }

  /** Null before the first checkpoint. */
  get version(): ModelVersion | null {
    return this.held
  }

  /** Scores in [0,1], (B, T) row-major. Only with a version. */
  predict(examples: readonly TrainingExample[]): Float32Array {
    if (!this.ranker) throw new TypeError('Cannot predict: there is no model yet')
    return this.ranker.predict(examples)
  }

  /** Gates by example and task; null for a mode without any. Only with a version. */
  explain(examples: readonly TrainingExample[]): TaskGates[][] | null {
    if (!this.ranker) throw new TypeError('Cannot explain: there is no model yet')
    return this.ranker.explain(examples)
  }

  /**
   * Takes the newest checkpoint over, leaving those between out. False when none had come. Throws what the ranker does
   * for one of other settings; the model before stays.
   */
  async follow(): Promise<boolean> {
    let newest: Uint8Array | null = null
    this.nextOffset = Math.max(this.nextOffset, await this.log.startOffset(TOPICS.checkpoints, 0))
    for (;;) {
      const slice = await this.log.read(TOPICS.checkpoints, 0, this.nextOffset, CHUNK)
      if (slice.nextOffset === this.nextOffset) break
      for (const record of slice.records) {
        const whole = this.joiner.add(record)
        if (whole?.key && decoder.decode(whole.key) === RANKER_GROUP) newest = whole.value
      }
      this.nextOffset = slice.nextOffset
    }
    if (!newest) return false
    const { head, snapshot } = decodeCheckpoint(newest)
    const next = this.spare ?? new Ranker(this.settings)
    this.spare = null
    try {
      for (const _ of next.restoreInSteps(snapshot)) await breathe()
    } catch (error) {
      next.dispose()
      throw error
    }
    // Users may have been erased that it knew.
    this.ranker?.empty()
    this.spare = this.ranker
    this.ranker = next
    this.held = { version: head.bundleVersion, exampleCount: head.exampleCount, eventTime: head.eventTime }
    return true
  }

  dispose(): void {
    this.ranker?.dispose()
    this.ranker = null
    this.spare = null
  }
}
