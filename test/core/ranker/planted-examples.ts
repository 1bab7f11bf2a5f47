import type { EventId, ItemId, Offset, UserId } from '../../../src/core/contracts/ids.ts'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import type { ExampleTask, TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { type RankerChoice, rankerSettings, type RankerSettings } from '../../../src/core/ranker/ranker-settings.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'

export const TASKS = ['click', 'stay', 'order']
const USERS = 60
const ITEMS = 40
const TOKENS_PER_FIELD = [6, 5, 4]

/** A model small enough for tests: 3 extractor fields (2 of state, 1 attribute), 2 state numbers. */
export function plantedSettings(choice: Partial<RankerChoice> = {}): RankerSettings {
  return rankerSettings({
    tasks: TASKS,
    quantileTasks: ['stay'],
    sparseFields: [
      { source: 'id', name: 'user' },
      { source: 'id', name: 'item' },
      { source: 'context', name: 'tab' },
      { source: 'item', name: 'author' },
    ],
    extractor: { fieldCount: 3, stateFieldCount: 2, tokenOffsets: [0, 6, 11, 15], form: 'right' },
    stateNumberCount: 2,
    embeddingWidth: 4,
    expertsPerTask: 2,
    sharedExperts: 1,
    expertWidth: 8,
    towerWidths: [6],
    learningRate: 0.02,
    taskWeights: 'equal',
    batchSize: 64,
    ...choice,
  })
}

/**
 * A stream with a known cause: each user and item has a taste, each tab an effect; a click is likely where they add up,
 * a stay follows the item, an order is tried only after a click and follows the user.
 */
export function plantedExamples(count: number, seed = 1): TrainingExample[] {
  const random = createSeededRandom(seed)
  const userTaste = Array.from({ length: USERS }, () => random.normal())
  const itemTaste = Array.from({ length: ITEMS }, () => random.normal())
  return Array.from({ length: count }, (_, i) => {
    const user = random.nextInt(USERS)
    const item = random.nextInt(ITEMS)
    const tab = random.nextInt(3)
    const happens = (logit: number): number => (random.next() < 1 / (1 + Math.exp(-logit)) ? 1 : 0)
    const click = happens(1.5 * userTaste[user] + 1.5 * itemTaste[item] + tab - 1)
    const stay = Math.min(1, Math.max(0, 0.5 + 0.3 * itemTaste[item] + 0.1 * random.normal()))
    const order = happens(2 * userTaste[user] - 1)
    const labels = [click, stay, order]
    const tasteToken = Math.max(0, Math.min(TOKENS_PER_FIELD[0] - 1, Math.round(2.5 + 1.5 * userTaste[user])))
    return {
      exampleId: `e${i}` as EventId,
      userId: `user-${user}` as UserId,
      itemId: `i${item}` as ItemId,
      kind: 'final',
      weight: 1,
      impressionTime: 1_700_000_000_000 + i * 60_000,
      context: { tab: `tab${tab}` },
      userFeatures: {},
      itemFeatures: { author: `a${item % 7}` },
      stage: STAGES[Math.min(3, Math.floor(tasteToken / 1.5))],
      stageProbabilities: [1, 0, 0, 0],
      stateTokens: Int32Array.from(TOKENS_PER_FIELD, (tokens, f) => (f === 0 ? tasteToken : random.nextInt(tokens))),
      stateNumbers: Float32Array.of(userTaste[user], 100 * random.next()),
      tasks: labels.map((label, k): ExampleTask => {
        const trials = i < USERS ? 0 : 4
        return {
          task: TASKS[k],
          trial: k < 2 || click === 1,
          label,
          rawValue: k === 1 ? 1000 * label : label,
          pseudoLabel: trials > 0 ? 1 / (1 + Math.exp(-userTaste[user])) : Number.NaN,
          alpha: 1 + label,
          beta: 2 - label,
          effectiveSampleSize: trials,
          gamma: 0.3,
          algorithmGamma: 0.2 + 0.6 * random.next(),
          trials,
          successes: trials / 2,
        }
      }),
      bundleVersion: 0,
      source: { topic: 'interactions', partition: 0, offset: i as Offset },
    }
  })
}

export function batchesOf(examples: readonly TrainingExample[], size: number): TrainingExample[][] {
  const batches: TrainingExample[][] = []
  for (let from = 0; from < examples.length; from += size) batches.push(examples.slice(from, from + size))
  return batches
}
