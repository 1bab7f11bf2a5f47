import { STAGES, stageIndex } from '../contracts/stage.ts'
import type { ExampleTask, TrainingExample } from '../contracts/training-example.ts'
import { type EmbeddedField, embeddedValue } from './embedded-fields.ts'
import type { EmbeddingTable } from './embedding-table.ts'
import type { GammaSources } from './gamma.ts'
import { keepsNegative } from './negative-sampling.ts'
import type { RankerSettings } from './ranker-settings.ts'
import { taskWeights } from './task-weights.ts'

/**
 * A batch as dense arrays. B examples, S embedded fields (crosses included), F extractor fields, Z state numbers, T
 * tasks; row-major.
 */
export interface EncodedBatch {
  readonly size: number
  /** Row in each field's embedding table, (B, S). */
  readonly rows: Int32Array
  /** Row in the token table, (B, F). */
  readonly tokens: Int32Array
  /** State numbers as they came, (B, Z). */
  readonly numbers: Float32Array
  /** The most probable stage as one-hot columns, (B, 4). */
  readonly stages: Float32Array
}

/** What a batch is trained towards, (B, T) but for `leftWeights`, and what gamma may be made of. */
export interface BatchTargets extends Omit<GammaSources, 'preferences'> {
  /** Training target in [0,1]; 0 where masked. */
  readonly labels: Float32Array
  /** Importance weight times task weight; 0 where the trial did not happen or its label is not known. gamma comes on top. */
  readonly weights: Float32Array
  readonly pseudoLabels: Float32Array
  /** Weight in the left branch's loss, (B): a correction repeats a pseudo-label that was trained on already. */
  readonly leftWeights: Float32Array
}

/** `fields` are those of the tables, one each. */
export function encodeBatch(
  examples: readonly TrainingExample[],
  settings: RankerSettings,
  fields: readonly EmbeddedField[],
  tables: readonly EmbeddingTable[],
): EncodedBatch {
  const B = examples.length
  const S = tables.length
  const Z = settings.stateNumberCount
  const { fieldCount: F, tokenOffsets } = settings.extractor
  const rows = new Int32Array(B * S)
  const tokens = new Int32Array(B * F)
  const numbers = new Float32Array(B * Z)
  const stages = new Float32Array(B * STAGES.length)
  for (let b = 0; b < B; b++) {
    const example = examples[b]
    for (let s = 0; s < S; s++) rows[b * S + s] = tables[s].find(embeddedValue(example, fields[s]))
    const { stateTokens, stateNumbers } = example
    if (stateTokens.length !== F) refuse(example, `it has ${stateTokens.length} state tokens, not ${F}`)
    if (stateNumbers.length !== Z) refuse(example, `it has ${stateNumbers.length} state numbers, not ${Z}`)
    for (let f = 0; f < F; f++) {
      const row = tokenOffsets[f] + stateTokens[f]
      if (!(row >= tokenOffsets[f] && row < tokenOffsets[f + 1])) {
        refuse(example, `field ${f} has ${tokenOffsets[f + 1] - tokenOffsets[f]} tokens and no token ${stateTokens[f]}`)
      }
      tokens[b * F + f] = row
    }
    numbers.set(stateNumbers, b * Z)
    stages[b * STAGES.length + stageIndex(example.stage)] = 1
  }
  return { size: B, rows, tokens, numbers, stages }
}

/** `labelMeans` (T) stands in for the pseudo-label of a user without history (equation 10). Draws it lacks are 0. */
export function encodeTargets(
  examples: readonly TrainingExample[],
  settings: RankerSettings,
  labelMeans: readonly number[],
  posteriorDrawMeans: readonly number[],
): BatchTargets {
  const B = examples.length
  const T = settings.tasks.length
  const labels = new Float32Array(B * T)
  const weights = new Float32Array(B * T)
  const algorithmDraws = new Float32Array(B * T)
  const posteriorDraws = new Float32Array(B * T)
  const pseudoLabels = new Float32Array(B * T)
  const leftWeights = new Float32Array(B)
  const ofTasks = taskWeights(settings, labelMeans)
  for (let b = 0; b < B; b++) {
    const example = examples[b]
    leftWeights[b] = example.kind === 'correction' ? 0 : example.weight
    for (let k = 0; k < T; k++) {
      const i = b * T + k
      const task = taskOf(example, settings.tasks[k], k)
      pseudoLabels[i] = task && task.pseudoLabel >= 0 ? task.pseudoLabel : labelMeans[k]
      if (!task) continue
      algorithmDraws[i] = task.algorithmGamma
      posteriorDraws[i] = task.gamma
      if (!task.trial || Number.isNaN(task.label)) continue
      if (task.label < 0.5 && !keepsNegative(example, settings.tasks[k], settings)) continue
      labels[i] = settings.target === 'binary' ? (task.label >= 0.5 ? 1 : 0) : task.label
      weights[i] = example.weight * ofTasks[k]
    }
  }
  const { gammaBound } = settings
  return { labels, weights, pseudoLabels, leftWeights, algorithmDraws, posteriorDraws, posteriorDrawMeans, gammaBound }
}

/** An example's task by name; `place` is where it usually stands. */
export function taskOf(example: TrainingExample, name: string, place: number): ExampleTask | undefined {
  const usual = example.tasks[place]
  return usual?.task === name ? usual : example.tasks.find((task) => task.task === name)
}

function refuse(example: TrainingExample, why: string): never {
  throw new RangeError(`Cannot encode example '${example.exampleId}': ${why}`)
}
