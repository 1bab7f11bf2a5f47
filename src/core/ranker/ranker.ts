import type { UserId } from '../contracts/ids.ts'
import type { ExtractorWeights, TaskPopulation } from '../contracts/model-bundle.ts'
import type { TrainingExample } from '../contracts/training-example.ts'
import { batchGradients, type BatchInput, type Model, rightGates, rightLogits } from './batch-gradients.ts'
import { type DistinctTokens, distinctTokens } from './distinct-tokens.ts'
import { embeddedValue, holdsUsers, userOf } from './embedded-fields.ts'
import { encodeBatch, type EncodedBatch, encodeTargets } from './encode-batch.ts'
import { exportExtractor } from './export-extractor.ts'
import { nextMeanLoss, reasonToRefuse } from './exploded-loss.ts'
import type { TaskGates } from './task-gates.ts'
import { registerGradients } from './gradients.ts'
import { learningRateAt } from './learning-rate.ts'
import { leftSpecs } from './left-branch.ts'
import { sigmoid } from './losses.ts'
import type { RankerMode } from './modes/ranker-mode.ts'
import { RANKER_MODES } from './modes/ranker-modes.ts'
import { samplingOffsets } from './negative-sampling.ts'
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
  /** Why no step was taken: the loss or its gradient is not finite, or far beyond the usual. Null when it was. */
  readonly refused: string | null
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
  /** Added to the logits of each task when serving, (T). */
  readonly #offsets: readonly number[]
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
    this.#offsets = samplingOffsets(settings)
    this.#leftTrains = tokensOfLeftBranch(settings, this.#mode)
  }

  /** Examples trained on. */
  get exampleCount(): number {
    return this.#state.exampleCount
  }

  /** Scores of the right branch with the weights that serve, (B, T) row-major; trains and counts nothing. */
  predict(examples: readonly TrainingExample[]): Float32Array {
    if (examples.length === 0) return new Float32Array(0)
    const batch = this.#encode(examples)
    return this.#score(this.#lookUp(batch).input)
  }

  /**
   * What the gates of the right branch let through for each example, [example][task]; null for a mode without gates. Trains
   * and counts nothing.
   */
  explain(examples: readonly TrainingExample[]): TaskGates[][] | null {
    const batch = this.#encode(examples)
    return rightGates(this.#model, this.#state.weights.servingTensors(), this.#lookUp(batch).input, this.settings.tasks)
  }

  /** One step on these examples; what `testThenTrain` does. */
  train(examples: readonly TrainingExample[]): TrainResult {
    return this.testThenTrain(examples)
  }

  /**
   * Scores the examples, then takes one step on them. The scores are those of `predict`, but for values that these
   * examples are the first to bring: they have their fresh rows already. A step that would spoil the weights is refused;
   * the examples are counted all the same.
   */
  testThenTrain(examples: readonly TrainingExample[]): TrainResult {
    const T = this.settings.tasks.length
    const none = { lossPerTask: new Float64Array(T), leftLossPerTask: new Float64Array(T), refused: null }
    if (examples.length === 0) return { scores: new Float32Array(0), ...none }
    const { settings } = this
    const state = this.#state
    const { weights, tables, tokens, population } = state
    this.#sight(examples)
    const batch = this.#encode(examples)
    const targets = encodeTargets(examples, settings, population.labelMeans(), population.gammaMeans())
    const { input, distinct } = this.#lookUp(batch)
    const gradients = batchGradients(this.#model, weights, input, targets)
    const { right, left } = gradients
    const scores = weights.averages || this.#corrects ? this.#score(input) : right.scores

    const loss = sum(right.perTask) + sum(left.perTask)
    const refused = reasonToRefuse(loss, state.meanLoss, [weights.gradient, gradients.input, gradients.tokenEmbeddings])
    if (refused === null) {
      scatterInput(gradients.input, batch, settings, tables, tokens)
      distinct.rows.forEach((row, u) => {
        if (this.#leftTrains[row]) tokens.addGradient(row, gradients.tokenEmbeddings, u * settings.embeddingWidth)
      })
      this.#step()
      state.meanLoss = nextMeanLoss(state.meanLoss, loss)
    }
    this.#count(examples, batch)
    return { scores, lossPerTask: right.perTask, leftLossPerTask: left.perTask, refused }
  }

  /** Takes the examples into the counts and statistics, and takes no step on them. */
  observe(examples: readonly TrainingExample[]): void {
    this.#sight(examples)
    this.#count(examples, this.#encode(examples))
  }

  /** Values that have an embedding row of their own, by field (`source:name`, crosses with ` x ` between). */
  embeddingRows(): ReadonlyMap<string, number> {
    return new Map(this.#state.tables.map(({ field, size }) => [field, size]))
  }

  exportExtractor(): ExtractorWeights {
    return exportExtractor(this.settings, this.#state)
  }

  taskPopulations(): TaskPopulation[] {
    return this.#state.population.taskPopulations()
  }

  /** Forgets the users' embedding rows and statistics: in one pass over a table of crossed values, however many. */
  eraseUsers(userIds: readonly UserId[]): void {
    if (userIds.length === 0) return
    const { fields, tables, population } = this.#state
    const erased: ReadonlySet<string> = new Set(userIds)
    fields.forEach((field, s) => {
      if (!holdsUsers(field)) return
      if (field.parts.length === 1) for (const userId of erased) tables[s].erase(userId)
      else tables[s].eraseWhere((value) => erased.has(userOf(field, value)))
    })
    for (const userId of userIds) population.erase(userId)
  }

  /** Weights, optimiser, tables, statistics and counters as bytes. */
  snapshot(): Uint8Array {
    return this.#state.snapshot()
  }

  /** Goes on from a snapshot as if never interrupted. Throws LifecycleError, and then must not be used. */
  restore(bytes: Uint8Array): void {
    this.#state.restore(bytes)
  }

  /** `restore` in steps of some milliseconds each; of use again after the last. */
  restoreInSteps(bytes: Uint8Array): Iterable<void> {
    return this.#state.restoreInSteps(bytes)
  }

  /** Goes on from a snapshot after a refused step, without its measure of the usual loss: the next may differ for good. */
  rollBack(bytes: Uint8Array): void {
    this.#state.restore(bytes)
    this.#state.meanLoss = Number.NaN
  }

  /** Holds nobody's data and little memory any more; of use again after a restore. */
  empty(): void {
    const { weights, tables, population } = this.#state
    weights.release()
    for (const table of tables) table.clear()
    population.eraseAll()
  }

  /** Gives the backend's memory back; whatever is computed next takes it again. */
  dispose(): void {
    this.#state.weights.release()
  }

  /** Whether scores differ from sigmoid(logit). */
  get #corrects(): boolean {
    return this.#offsets.some((offset) => offset !== 0)
  }

  #score(input: BatchInput): Float32Array {
    const logits = rightLogits(this.#model, this.#state.weights.servingTensors(), input)
    const T = this.settings.tasks.length
    return logits.map((logit, i) => sigmoid(logit + this.#offsets[i % T]))
  }

  #count(examples: readonly TrainingExample[], batch: EncodedBatch): void {
    const { scale, population } = this.#state
    scale.observe(batch.numbers)
    for (const example of examples) population.add(example)
    this.#state.exampleCount += examples.length
  }

  #encode(examples: readonly TrainingExample[]): EncodedBatch {
    return encodeBatch(examples, this.settings, this.#state.fields, this.#state.tables)
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
    const { fields, tables } = this.#state
    const day = Math.floor(this.#state.newestTime / DAY_MS)
    for (const example of examples) {
      this.#state.newestTime = Math.max(this.#state.newestTime, example.impressionTime)
      fields.forEach((field, s) => tables[s].sight(embeddedValue(example, field), example.impressionTime))
    }
    if (Math.floor(this.#state.newestTime / DAY_MS) === day) return
    for (const table of tables) table.expire(this.#state.newestTime)
  }

  #step(): void {
    const { adamBetas, adamEpsilon: epsilon } = this.settings
    const [beta1, beta2] = adamBetas
    const state = this.#state
    state.step++
    const learningRate = learningRateAt(state.step, this.settings)
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

function sum(terms: Float64Array): number {
  return terms.reduce((total, term) => total + term, 0)
}
