import { LifecycleError } from '../contracts/lifecycle-error.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { normalVariate } from '../statistics/normal-variate.ts'
import { type CheckpointSections, decodeInSteps, encodeCheckpoint } from './checkpoint-codec.ts'
import { DenseWeights, type WeightSpec } from './dense-weights.ts'
import { type EmbeddedField, embeddedFields } from './embedded-fields.ts'
import { EmbeddingRows } from './embedding-rows.ts'
import { EmbeddingTable } from './embedding-table.ts'
import { NumberScale } from './number-scale.ts'
import { Population } from './population.ts'
import type { RankerSettings } from './ranker-settings.ts'

/** Settings that a checkpoint depends on; the others may change between a snapshot and its restore. */
const FIXED_SETTINGS = [
  'mode',
  'tasks',
  'quantileTasks',
  'sparseFields',
  'extractor',
  'stateNumberCount',
  'stateFeatures',
  'embeddingWidth',
  'expertsPerTask',
  'sharedExperts',
  'expertWidth',
  'towerWidths',
  'levels',
  'seed',
  'crosses',
] as const satisfies readonly (keyof RankerSettings)[]

/** Everything the ranker has learnt or counted: what a checkpoint holds. */
export class RankerState {
  readonly weights: DenseWeights
  readonly fields: readonly EmbeddedField[]
  /** One a field. */
  readonly tables: readonly EmbeddingTable[]
  /** Rows of the extractor's tokens, always there, (V, D). */
  readonly tokens: EmbeddingRows
  readonly scale: NumberScale
  readonly population: Population
  /** Batches trained on. */
  step = 0
  exampleCount = 0
  /** Newest event time seen, unix ms. */
  newestTime = 0
  /** Decayed mean of a batch's loss; NaN before the first batch. */
  meanLoss = Number.NaN
  readonly #settings: RankerSettings

  constructor(settings: RankerSettings, specs: readonly WeightSpec[]) {
    this.#settings = settings
    this.weights = new DenseWeights(specs, settings.seed, settings.servingDecay)
    this.fields = embeddedFields(settings)
    this.tables = this.fields.map(({ name }) => {
      return new EmbeddingTable(name, {
        width: settings.embeddingWidth,
        init: settings.embeddingInit,
        admissionCount: settings.admissionCount,
        idleExpiryDays: settings.idleExpiryDays,
        maxRows: settings.maxRowsPerField,
        seed: settings.seed,
      })
    })
    this.tokens = tokenRows(settings)
    this.scale = new NumberScale(settings.stateNumberCount)
    this.population = new Population(settings)
  }

  snapshot(): Uint8Array {
    const sections: CheckpointSections = {
      settings: FIXED_SETTINGS.map((name) => JSON.stringify(this.#settings[name])),
      counters: Float64Array.of(this.step, this.exampleCount, this.newestTime, this.meanLoss),
      'weights/values': this.weights.values,
      ...(this.weights.averages && { 'weights/serving': this.weights.serving }),
      'weights/firstMoments': this.weights.firstMoments,
      'weights/secondMoments': this.weights.secondMoments,
      'tokens/values': this.tokens.values,
      'tokens/secondMoments': this.tokens.secondMoments,
      'tokens/lastSteps': this.tokens.lastSteps,
      scale: this.scale.save(),
      population: this.population.snapshot(),
    }
    for (const table of this.tables) table.save(sections)
    return encodeCheckpoint(sections)
  }

  /** `restoreInSteps` at one go. */
  restore(bytes: Uint8Array): void {
    for (const _ of this.restoreInSteps(bytes));
  }

  /**
   * For who has other work to do between the steps, of some milliseconds each; of use again after the last.
   * Throws LifecycleError `settings-changed` when the snapshot is of another model, `corrupt` or `newer-format`.
   */
  *restoreInSteps(bytes: Uint8Array): Generator<void, void, undefined> {
    const sections = yield* decodeInSteps(bytes)
    const saved = sections['settings'] as readonly string[]
    FIXED_SETTINGS.forEach((name, i) => {
      const now = JSON.stringify(this.#settings[name])
      // Snapshots from before there were crosses do not tell of any.
      const was = name === 'crosses' ? (saved[i] ?? '[]') : saved[i]
      if (was === now) return
      throw new LifecycleError('settings-changed', `Cannot restore the ranker: ${name} was ${was} and is ${now}`)
    })
    const [step, exampleCount, newestTime, meanLoss = Number.NaN] = sections['counters'] as Float64Array
    this.step = step
    this.exampleCount = exampleCount
    this.newestTime = newestTime
    this.meanLoss = meanLoss
    this.weights.values.set(sections['weights/values'] as Float32Array)
    // A checkpoint without averaging has no such section, and its weights serve.
    const serving = sections['weights/serving'] ?? sections['weights/values']
    if (this.weights.averages) this.weights.serving.set(serving as Float32Array)
    this.weights.firstMoments.set(sections['weights/firstMoments'] as Float32Array)
    this.weights.secondMoments.set(sections['weights/secondMoments'] as Float32Array)
    this.weights.release()
    this.tokens.load(
      this.tokens.capacity,
      sections['tokens/values'] as Float32Array,
      sections['tokens/secondMoments'] as Float32Array,
      sections['tokens/lastSteps'] as Int32Array,
    )
    this.scale.load(sections['scale'] as Float64Array)
    yield
    yield* this.population.restoreInSteps(sections['population'] as Uint8Array)
    for (const table of this.tables) {
      yield* table.loadInSteps(sections)
    }
  }
}

function tokenRows(settings: RankerSettings): EmbeddingRows {
  const { tokenOffsets, fieldCount } = settings.extractor
  const rows = new EmbeddingRows(settings.embeddingWidth, tokenOffsets[fieldCount])
  const random = new KeyedRandom()
  for (let row = 0; row < rows.capacity; row++) {
    const fresh = rows.reset(row)
    random.reset(settings.seed, row, 0, 1)
    for (let d = 0; d < fresh.length; d++) fresh[d] = normalVariate(random) * settings.embeddingInit
  }
  return rows
}
