import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/core/ranker/checkpoint-codec.ts'
import type { SparseField } from '../../../src/core/ranker/embedded-fields.ts'
import { auc } from '../../../src/core/ranker/metrics/auc.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { batchesOf, plantedExamples, plantedSettings } from './planted-examples.ts'

const TAB: SparseField = { source: 'context', name: 'tab' }
const AUTHOR: SparseField = { source: 'item', name: 'author' }
const DAY_MS = 86_400_000

beforeAll(async () => {
  await chooseBackend('wasm')
})

function tokensAfterTraining(settings: ReturnType<typeof plantedSettings>): Float32Array[] {
  const ranker = new Ranker(settings)
  const before = ranker.exportExtractor().tokenEmbeddings
  for (const batch of batchesOf(plantedExamples(256), 64)) ranker.train(batch)
  const after = ranker.exportExtractor().tokenEmbeddings
  ranker.dispose()
  return [before, after]
}

describe('ranker', () => {
  test('refuses a snapshot of other settings, naming the first that differs', () => {
    const first = new Ranker(plantedSettings())
    const wider = new Ranker(plantedSettings({ expertWidth: 16 }))
    expect(() => wider.restore(first.snapshot())).toThrow('expertWidth was 8 and is 16')
    expect(() => first.restore(first.snapshot().subarray(0, 100))).toThrow('Cannot read the checkpoint')
  })

  test('takes a snapshot over from before there were crosses, and refuses it for a ranker with some', () => {
    const first = new Ranker(plantedSettings())
    first.train(plantedExamples(64))
    const sections = decodeCheckpoint(first.snapshot())
    const older = encodeCheckpoint({ ...sections, settings: (sections.settings as string[]).slice(0, -1) })
    const same = new Ranker(plantedSettings())
    same.restore(older)
    expect(same.snapshot()).toEqual(first.snapshot())
    const crossed = new Ranker(plantedSettings({ crosses: [[TAB, AUTHOR]] }))
    expect(() => crossed.restore(older)).toThrow('crosses was [] and is [[{"source"')
  })

  test('learns sooner by a cross what its fields tell together', () => {
    // Whether a click is likely depends on tab and author together.
    const examples = plantedExamples(4096).map((example, i) => {
      const [tab, author] = [i % 4, (i * 7 + (i >> 2)) % 8]
      const likely = (tab * 3 + author * 5 + (tab & 1) * (author >> 1)) % 2 === 0
      const label = likely === i % 10 < 9 ? 1 : 0
      const tasks = example.tasks.map((task, k) => (k === 0 ? { ...task, label } : task))
      return { ...example, context: { tab: `t${tab}` }, itemFeatures: { author: `a${author}` }, tasks }
    })
    const aucOf = (crosses: SparseField[][]): number => {
      const ranker = new Ranker(plantedSettings({ crosses, sparseFields: [TAB, AUTHOR] }))
      const scores = batchesOf(examples, 64).flatMap((batch) => {
        const clicks = ranker.testThenTrain(batch).scores
        return batch.map((_, b) => clicks[b * 3])
      })
      ranker.dispose()
      const late = examples.length / 2
      return auc(
        scores.slice(late),
        examples.slice(late).map(({ tasks }) => tasks[0].label),
      )
    }
    expect(aucOf([[TAB, AUTHOR]])).toBeGreaterThan(aucOf([]) + 0.02)
  })

  test('forgets the rows of a user, crossed ones too', () => {
    const ranker = new Ranker(plantedSettings({ crosses: [[TAB, { source: 'id', name: 'user' }]] }))
    ranker.train(plantedExamples(64))
    const valuesOf = (table: string) =>
      decodeCheckpoint(ranker.snapshot())[`table/${table}/values`] as readonly string[]
    const { userId } = plantedExamples(64)[5]
    const ofUser = () =>
      [...valuesOf('id:user'), ...valuesOf('context:tab x id:user')].filter((value) =>
        value.split(/[:,]/).includes(userId),
      )
    const others = valuesOf('context:tab x id:user').length
    expect(ofUser()).toEqual(expect.arrayContaining([userId, `4:tab0,${userId.length}:${userId},`]))
    ranker.eraseUsers([userId])
    expect(ofUser()).toEqual([])
    // Its place stays, for who comes next.
    expect(valuesOf('context:tab x id:user')).toHaveLength(others)
  })

  test('knows nobody once it is emptied, and goes on from a snapshot', () => {
    const settings = plantedSettings({ crosses: [[TAB, { source: 'id', name: 'user' }]], admissionCount: 2 })
    const [ranker, other] = [new Ranker(settings), new Ranker(settings)]
    for (const batch of batchesOf(plantedExamples(192), 64)) ranker.train(batch)
    const before = ranker.snapshot()
    expect(Buffer.from(before).includes('user-')).toBe(true)
    ranker.empty()
    expect(Buffer.from(ranker.snapshot()).includes('user-')).toBe(false)
    for (const held of [ranker, other]) {
      held.restore(before)
      held.train(plantedExamples(64, 2))
    }
    expect(Buffer.compare(ranker.snapshot(), other.snapshot())).toBe(0)
  })

  test('takes a snapshot over when only the learning rate changed', () => {
    const first = new Ranker(plantedSettings())
    const slower = new Ranker(plantedSettings({ learningRate: 1e-4 }))
    const batch = plantedExamples(64)
    first.train(batch)
    slower.restore(first.snapshot())
    expect(slower.predict(batch)).toEqual(first.predict(batch))
  })

  test('takes a snapshot without averaged weights over, and serves its weights', () => {
    const plain = new Ranker(plantedSettings({ servingDecay: 0 }))
    const averaged = new Ranker(plantedSettings())
    for (const batch of batchesOf(plantedExamples(192), 64)) plain.train(batch)
    averaged.restore(plain.snapshot())
    expect(averaged.predict(plantedExamples(64))).toEqual(plain.predict(plantedExamples(64)))
    // And back: what was trained goes on, not the average.
    averaged.train(plantedExamples(64))
    plain.restore(averaged.snapshot())
    expect(plain.predict(plantedExamples(64))).not.toEqual(averaged.predict(plantedExamples(64)))
  })

  test('refuses a step on a batch whose loss explodes, counts its examples, and stays as it was', () => {
    const ranker = new Ranker(plantedSettings())
    for (const batch of batchesOf(plantedExamples(256), 64)) expect(ranker.train(batch).refused).toBeNull()
    const learnt = () => {
      const sections = decodeCheckpoint(ranker.snapshot())
      return ['weights/values', 'weights/serving', 'tokens/values'].map((name) => sections[name])
    }
    const before = learnt()
    for (const weight of [1e9, Number.POSITIVE_INFINITY, Number.NaN]) {
      const { refused } = ranker.train(plantedExamples(64).map((example) => ({ ...example, weight })))
      expect(refused).toMatch(/^its (loss|gradient) is/)
    }
    expect(ranker.exampleCount).toBe(256 + 3 * 64)
    expect(learnt()).toEqual(before)
    expect(ranker.train(plantedExamples(64)).refused).toBeNull()
  })

  test('after a roll-back takes whatever finite loss comes for the usual one', () => {
    const ranker = new Ranker(plantedSettings())
    for (const batch of batchesOf(plantedExamples(256), 64)) ranker.train(batch)
    const heavy = plantedExamples(64).map((example) => ({ ...example, weight: 100 }))
    expect(ranker.train(heavy).refused).not.toBeNull()
    ranker.rollBack(ranker.snapshot())
    expect(ranker.train(heavy).refused).toBeNull()
    expect(ranker.train(heavy).refused).toBeNull()
  })

  test('refuses an example whose token or numbers do not fit', () => {
    const ranker = new Ranker(plantedSettings())
    const [example] = plantedExamples(1)
    const named = { ...example, exampleId: 'odd' as EventId }
    const message = "Cannot encode example 'odd': "
    expect(() => ranker.predict([{ ...named, stateTokens: Int32Array.of(0, 9, 0) }])).toThrow(
      `${message}field 1 has 5 tokens and no token 9`,
    )
    expect(() => ranker.predict([{ ...named, stateTokens: Int32Array.of(0) }])).toThrow(
      `${message}it has 1 state tokens`,
    )
    expect(() => ranker.predict([{ ...named, stateNumbers: Float32Array.of(1) }])).toThrow(
      `${message}it has 1 state numb`,
    )
  })

  test('finds the tasks of an example by name, in any order', () => {
    const [inOrder, reversed] = [new Ranker(plantedSettings()), new Ranker(plantedSettings())]
    const batch = plantedExamples(64)
    inOrder.train(batch)
    reversed.train(batch.map((example) => ({ ...example, tasks: example.tasks.toReversed() })))
    expect(reversed.predict(batch)).toEqual(inOrder.predict(batch))
  })

  test('lets the left branch of ple train only the tokens that the right branch does not read', () => {
    const trainedWithStateUnread = tokensAfterTraining(plantedSettings({ mode: 'ple', stateFeatures: false }))
    const [before, after] = trainedWithStateUnread
    expect(after.subarray(0, 4)).not.toEqual(before.subarray(0, 4))

    // With no loss in the right branch, tokens that it reads move only where the left branch may train them.
    const unlabelled = plantedExamples(64).map((example) => ({
      ...example,
      tasks: example.tasks.map((task) => ({ ...task, trial: false })),
    }))
    const moved = (mode: 'ple' | 'stan', stateFeatures: boolean): boolean[] => {
      const ranker = new Ranker(plantedSettings({ mode, stateFeatures }))
      const from = ranker.exportExtractor().tokenEmbeddings
      ranker.train(unlabelled)
      const to = ranker.exportExtractor().tokenEmbeddings
      ranker.dispose()
      const changed = (first: number, end: number): boolean =>
        from.subarray(first * 4, end * 4).some((x, i) => x !== to[first * 4 + i])
      return [changed(0, 11), changed(11, 15)] // state tokens, attribute tokens
    }
    expect(moved('ple', true)).toEqual([false, false])
    expect(moved('ple', false)).toEqual([true, false])
    expect(moved('stan', true)).toEqual([true, true])
    expect(moved('stan', false)).toEqual([true, true])
  })

  test('weighs a task by its gamma in stan and not in ple', () => {
    const batch = plantedExamples(64)
    const ignored = batch.map((example) => ({
      ...example,
      tasks: example.tasks.map((task) => ({ ...task, algorithmGamma: 0 })),
    }))
    const [ple, stan] = (['ple', 'stan'] as const).map((mode) => new Ranker(plantedSettings({ mode })))
    expect([...stan.train(ignored).lossPerTask]).toEqual([0, 0, 0])
    expect(ple.train(ignored).lossPerTask[0]).toBeGreaterThan(0.3)
  })

  test('gives up the rows of users idle for longer than asked', () => {
    const ranker = new Ranker(plantedSettings({ idleExpiryDays: 2 }))
    const batch = plantedExamples(64)
    ranker.train(batch)
    const later = batch
      .slice(0, 4)
      .map((example) => ({ ...example, impressionTime: example.impressionTime + 5 * DAY_MS }))
    ranker.train(later)
    const values = decodeCheckpoint(ranker.snapshot())['table/id:user/values'] as string[]
    expect(new Set(values.filter((value) => value !== ''))).toEqual(new Set(later.map(({ userId }) => userId)))
  })

  test('does not train the left branch on a correction again', () => {
    const ranker = new Ranker(plantedSettings())
    const corrections = plantedExamples(64).map((example) => ({ ...example, kind: 'correction' as const }))
    expect([...ranker.train(corrections).leftLossPerTask]).toEqual([0, 0, 0])
  })
})
