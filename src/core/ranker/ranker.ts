import type { UserId } from '../contracts/ids.ts'
import type { ExtractorWeights, TaskPopulation } from '../contracts/model-bundle.ts'
import type { TrainingExample } from '../contracts/training-example.ts'
import { batchGradients, type BatchInput, type Model, rightGates, rightLogits } from './batch-gradients.ts'
import { type DistinctTokens, distinctTokens } from './distinct-tokens.ts'
import { encodeBatch, type EncodedBatch, encodeTargets, sparseValue } from './encode-batch.ts'
import { exportExtractor } from './export-extractor.ts'
import type { TaskGates } from './gate-explanation.ts'
import { registerGradients } from './gradients.ts'
import { leftSpecs } from './left-branch.ts'
import { sigmoid } from './losses.ts'
import type { RankerMode } from './modes/ranker-mode.ts'
import { RANKER_MODES } from './modes/ranker-modes.ts'
import { gatherInput, inputWidth, rightTokenFields, scatterInput } from './ranker-input.ts'
import type { RankerSettings } from './ranker-settings.ts'
import { RankerState } from './ranker-state.ts'

const DAY_MS = 86_400_000

export interface TrainResult {
  /** What the model said before this step, (B, T). */
  readonly scores: Float32Array
  /** Each task's terms of the loss, (T): prediction loss of the right branch, pseudo-label loss of the left. */
  readonly lossPerTask: Float64Array
  readonly leftLossPerTask: Float64Array
}

/**
 * The online ranker: one of the modes over both branches, trained example by example in batches. TensorFlow.js' current
 * backend computes; the same examples, settings and backend give the same bytes.
 */
export class Ranker {
  readonly settings: RankerSettings
  readonly #mode: RankerMode
  readonly #model: Model
  readonly #state: RankerState
  /** For each token row whether the left branch trains it, (V). */
  readonly #leftTrains: Uint8Array

  constructor(settings: RankerSettings) {
    registerGradients()
    this.settings = settings
    this.#mode = RANKER_MODES[settings.mode]
    const taskCount = settings.tasks.length
    const right = this.#mode.network(settings, inputWidth(settings))
    this.#model = { right, extractor: settings.extractor, gamma: this.#mode.gamma, taskCount }
    const left = leftSpecs(settings.extractor, settings.embeddingWidth, taskCount)
    this.#state = new RankerState(settings, [...right.specs, ...left])
    this.#leftTrains = tokensOfLeftBranch(settings, this.#mode)
  }

  /** Examples trained on. */
  get exampleCount(): number {
    return this.#state.exampleCount
  }

  /** Scores of the right branch, (B, T) row-major; trains and counts nothing. */
  predict(examples: readonly TrainingExample[]): Float32Array {
    if (examples.length === 0) return new Float32Array(0)
    const batch = encodeBatch(examples, this.settings, this.#state.tables)
    const { input } = this.#lookUp(batch)
    return Float32Array.from(rightLogits(this.#model, this.#state.weights, input), sigmoid)
  }

  /**
   * What the gates of the right branch let through for each example, [example][task]; null for a mode without gates. Trains
   * and counts nothing.
   */
  explain(examples: readonly TrainingExample[]): TaskGates[][] | null {
    const batch = encodeBatch(examples, this.settings, this.#state.tables)
    return rightGates(this.#model, this.#state.weights, this.#lookUp(batch).input, this.settings.tasks)
  }

  /** One step on these examples; what `testThenTrain` does. */
  train(examples: readonly TrainingExample[]): TrainResult {
    return this.testThenTrain(examples)
  }

  /**
   * Scores the examples, then takes one step on them, from one forward pass. The scores are those of `predict`, but for
   * values that these examples are the first to bring: they have their fresh rows already.
   */
  testThenTrain(examples: readonly TrainingExample[]): TrainResult {
    const T = this.settings.tasks.length
    const none = { lossPerTask: new Float64Array(T), leftLossPerTask: new Float64Array(T) }
    if (examples.length === 0) return { scores: new Float32Array(0), ...none }
    const { settings } = this
    const { weights, tables, tokens, scale, population } = this.#state
    this.#sight(examples)
    const batch = encodeBatch(examples, settings, tables)
    const targets = encodeTargets(examples, settings, population.labelMeans(), population.gammaMeans())
    const { input, distinct } = this.#lookUp(batch)
    const gradients = batchGradients(this.#model, weights, input, targets)

    scatterInput(gradients.input, batch, settings, tables, tokens)
    distinct.rows.forEach((row, u) => {
      if (this.#leftTrains[row]) tokens.addGradient(row, gradients.tokenEmbeddings, u * settings.embeddingWidth)
    })
    this.#step()
    scale.observe(batch.numbers)
    for (const example of examples) population.add(example)
    this.#state.exampleCount += examples.length
    const { right, left } = gradients
    return { scores: right.scores, lossPerTask: right.perTask, leftLossPerTask: left.perTask }
  }

  exportExtractor(): ExtractorWeights {
    return exportExtractor(this.settings, this.#state)
  }

  taskPopulations(): TaskPopulation[] {
    return this.#state.population.taskPopulations()
  }

  /** Forgets the user's embedding row and statistics. */
  eraseUser(userId: UserId): void {
    this.settings.sparseFields.forEach(({ source, name }, s) => {
      if (source === 'id' && name === 'user') this.#state.tables[s].erase(userId)
    })
    this.#state.population.erase(userId)
  }

  /** Weights, optimiser, tables, statistics and counters as bytes. */
  snapshot(): Uint8Array {
    return this.#state.snapshot()
  }

  /** Goes on from a snapshot as if never interrupted. Throws LifecycleError, and then must not be used. */
  restore(bytes: Uint8Array): void {
    this.#state.restore(bytes)
  }

  /** Gives the backend's memory back. */
  dispose(): void {
    this.#state.weights.release()
  }

  #lookUp(batch: EncodedBatch): { input: BatchInput; distinct: DistinctTokens } {
    const { settings } = this
    const { tables, tokens, scale } = this.#state
    const distinct = distinctTokens(batch.tokens, tokens.capacity)
    const numbers = scale.standardiseAll(batch.numbers)
    const input: BatchInput = {
      size: batch.size,
      input: gatherInput(batch, numbers, settings, tables, tokens),
      stages: batch.stages,
      numbers,
      tokenEmbeddings: tokens.gather(distinct.rows),
      tokenWidth: settings.embeddingWidth,
      tokenIndex: distinct.index,
    }
    return { input, distinct }
  }

  /** Counts the sightings, once per example and field, and expires idle rows once per day of event time. */
  #sight(examples: readonly TrainingExample[]): void {
    const { sparseFields } = this.settings
    const day = Math.floor(this.#state.newestTime / DAY_MS)
    for (const example of examples) {
      this.#state.newestTime = Math.max(this.#state.newestTime, example.impressionTime)
      sparseFields.forEach((field, s) => {
        this.#state.tables[s].sight(sparseValue(example, field), example.impressionTime)
      })
    }
    if (Math.floor(this.#state.newestTime / DAY_MS) === day) return
    for (const table of this.#state.tables) table.expire(this.#state.newestTime)
  }

  #step(): void {
    const { learningRate, adamBetas, adamEpsilon: epsilon } = this.settings
    const [beta1, beta2] = adamBetas
    const state = this.#state
    state.step++
    state.weights.update({ learningRate, beta1, beta2, epsilon }, state.step)
    for (const table of state.tables) table.rows.update({ learningRate, beta2, epsilon }, state.step)
    state.tokens.update({ learningRate, beta2, epsilon }, state.step)
  }
}

/** The left branch trains the tokens that both share, and those that the right branch does not read. */
function tokensOfLeftBranch(settings: RankerSettings, mode: RankerMode): Uint8Array {
  const { tokenOffsets, fieldCount } = settings.extractor
  const readByRight = new Set(rightTokenFields(settings))
  const trains = new Uint8Array(tokenOffsets[fieldCount])
  for (let f = 0; f < fieldCount; f++) {
    const left = mode.sharedEmbeddings || !readByRight.has(f)
    trains.fill(left ? 1 : 0, tokenOffsets[f], tokenOffsets[f + 1])
  }
  return trains
}
