import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { STAGES } from '../../../src/core/contracts/stage.ts'
import type { ExampleTask, TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { MODE_NAMES, type ModeName } from '../../../src/core/ranker/modes/mode-names.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import type { RankerSettings } from '../../../src/core/ranker/ranker-settings.ts'
import { batchesOf, plantedExamples, plantedSettings } from './planted-examples.ts'

beforeAll(async () => {
  await chooseBackend('wasm')
})

const batches = batchesOf(plantedExamples(512), 64)

function trained(mode: ModeName, choice: Partial<RankerSettings> = {}): Ranker {
  const ranker = new Ranker(plantedSettings({ mode, ...choice }))
  for (const batch of batches) ranker.train(batch)
  return ranker
}

function modesWhere(holds: (mode: ModeName) => boolean): ModeName[] {
  return MODE_NAMES.filter(holds)
}

const withTasks = (change: (task: ExampleTask) => Partial<ExampleTask>): TrainingExample[] =>
  batches[0].map((example) => ({ ...example, tasks: example.tasks.map((task) => ({ ...task, ...change(task) })) }))

describe('modes', () => {
  test('that read the stage are ple-stage alone', () => {
    const later = batches[0].map((example) => ({
      ...example,
      stage: STAGES[(STAGES.indexOf(example.stage) + 1) % 4],
    }))
    const reads = modesWhere((mode) => {
      const ranker = trained(mode)
      const differs = ranker.predict(later).some((score, i) => score !== ranker.predict(batches[0])[i])
      ranker.dispose()
      return differs
    })
    expect(reads).toEqual(['ple-stage'])
  })

  test('that read the state without state features are stan-gated alone: its numbers and its tokens', () => {
    const otherNumbers = batches[0].map((example) => ({ ...example, stateNumbers: Float32Array.of(9, -9) }))
    const otherTokens = batches[0].map((example) => ({
      ...example,
      stateTokens: example.stateTokens.map((token, f) => (f === 0 ? (token + 1) % 6 : token)),
    }))
    for (const changed of [otherNumbers, otherTokens]) {
      const reads = modesWhere((mode) => {
        const ranker = trained(mode, { stateFeatures: false })
        const before = ranker.predict(batches[0])
        const differs = ranker.predict(changed).some((score, i) => score !== before[i])
        ranker.dispose()
        return differs
      })
      expect(reads).toEqual(['stan-gated'])
    }
  })

  test('weigh the prediction loss by the draw that their name says', () => {
    const lossOf = (mode: ModeName, batch: readonly TrainingExample[]): number[] => {
      const ranker = new Ranker(plantedSettings({ mode, gammaBound: 4 }))
      const { lossPerTask } = ranker.train(batch)
      ranker.dispose()
      return [...lossPerTask]
    }
    const moved = (change: (task: ExampleTask) => Partial<ExampleTask>): ModeName[] =>
      modesWhere((mode) => lossOf(mode, withTasks(change)).some((loss, k) => loss !== lossOf(mode, batches[0])[k]))
    expect(moved(({ algorithmGamma }) => ({ algorithmGamma: algorithmGamma / 2 }))).toEqual(['stan'])
    expect(moved(({ task, gamma }) => ({ gamma: task === 'click' ? gamma / 2 : gamma }))).toEqual([
      'stan-calibrated',
      'stan-gated',
    ])
  })

  test('weigh by what the left branch says in stan-no-beta: half at first, when it says 0.5 of everything', () => {
    const losses = (['ple', 'stan-no-beta'] as const).map((mode) => {
      const ranker = new Ranker(plantedSettings({ mode, embeddingInit: 0 }))
      const { lossPerTask } = ranker.train(batches[0])
      ranker.dispose()
      return lossPerTask
    })
    losses[0].forEach((loss, k) => expect(losses[1][k]).toBeCloseTo(loss / 2, 5))
  })

  test('start stan-gated as stan-calibrated, its gates open at 1', () => {
    const [gated, calibrated] = (['stan-gated', 'stan-calibrated'] as const).map((mode) => {
      const ranker = new Ranker(plantedSettings({ mode }))
      const scores = [ranker.predict(batches[0])]
      for (const batch of batches) ranker.train(batch)
      scores.push(ranker.predict(batches[0]))
      ranker.dispose()
      return scores
    })
    expect(gated[0]).toEqual(calibrated[0])
    expect(gated[1]).not.toEqual(calibrated[1])
  })

  test.each(MODE_NAMES)('work with one task and one shared expert: %s', (mode) => {
    const tasks = { tasks: ['click'], quantileTasks: [], expertsPerTask: 1, sharedExperts: 1 }
    const ranker = new Ranker(plantedSettings({ mode, ...tasks }))
    for (const batch of batches) ranker.train(batch.map((example) => ({ ...example, tasks: [example.tasks[0]] })))
    const scores = ranker.predict(batches[0])
    expect(scores).toHaveLength(64)
    for (const score of scores) expect(score > 0 && score < 1).toBe(true)
    ranker.dispose()
  })
})
