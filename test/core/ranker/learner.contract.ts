import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import type { ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { auc } from '../../../src/core/ranker/metrics/auc.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import type { RankerSettings } from '../../../src/core/ranker/ranker-settings.ts'
import { batchesOf, plantedExamples } from './planted-examples.ts'

function trained(settings: RankerSettings, on: readonly TrainingExample[][]): Ranker {
  const ranker = new Ranker(settings)
  for (const batch of on) ranker.train(batch)
  return ranker
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What every model must pass, on whatever backend is current. */
export function learnerContract(name: string, settingsOf: (choice?: Partial<RankerSettings>) => RankerSettings): void {
  const batches = batchesOf(plantedExamples(640), 64)

  describe(`learner ${name}`, () => {
    test('leaves its examples as they are', () => {
      const batch = plantedExamples(32)
      const before = structuredClone(batch)
      const ranker = new Ranker(settingsOf())
      ranker.predict(batch)
      ranker.testThenTrain(batch)
      expect(batch).toEqual(before)
      ranker.dispose()
    })

    test('learns the same bytes from the same seed, and others from another', () => {
      const [first, again, other] = [7, 7, 8].map((seed) => trained(settingsOf({ seed }), batches.slice(0, 5)))
      expect(again.snapshot()).toEqual(first.snapshot())
      expect(other.predict(batches[6])).not.toEqual(first.predict(batches[6]))
      for (const ranker of [first, again, other]) ranker.dispose()
    })

    test('goes on from a snapshot as if never interrupted', () => {
      const uninterrupted = trained(settingsOf(), batches)
      const before = trained(settingsOf(), batches.slice(0, 5))
      const after = new Ranker(settingsOf())
      after.train(batches[9]) // a used ranker takes the snapshot over completely
      after.restore(before.snapshot())
      for (const batch of batches.slice(5)) after.train(batch)
      expect(after.predict(batches[0])).toEqual(uninterrupted.predict(batches[0]))
      expect(after.exportExtractor()).toEqual(uninterrupted.exportExtractor())
      expect(after.snapshot()).toEqual(uninterrupted.snapshot())
      for (const ranker of [uninterrupted, before, after]) ranker.dispose()
    })

    test('scores users, items and features it has never seen', () => {
      const ranker = trained(settingsOf(), batches.slice(0, 3))
      const strangers = plantedExamples(4).map((example, i) => ({
        ...example,
        userId: `stranger${i}` as UserId,
        itemId: `novelty${i}` as ItemId,
        context: { tab: 'unheard-of', extra: 'x' },
        itemFeatures: {},
      }))
      for (const score of ranker.predict(strangers)) expect(score > 0 && score < 1).toBe(true)
      const { scores, lossPerTask } = ranker.testThenTrain(strangers)
      for (const value of [...scores, ...lossPerTask]) expect(Number.isFinite(value)).toBe(true)
      ranker.dispose()
    })

    test('takes no harm from examples without a label, a trial or a history', () => {
      const ranker = trained(settingsOf(), batches.slice(0, 3))
      const empty = plantedExamples(8).map((example) => ({
        ...example,
        tasks: example.tasks.map((task, k) => ({
          ...task,
          trial: k !== 0,
          label: Number.NaN,
          pseudoLabel: Number.NaN,
        })),
      }))
      const { lossPerTask } = ranker.testThenTrain(empty)
      expect([...lossPerTask]).toEqual([0, 0, 0])
      for (const score of ranker.predict(batches[5])) expect(score > 0 && score < 1).toBe(true)
      expect(ranker.train([]).scores).toHaveLength(0)
      ranker.dispose()
    })

    test('scores before it trains what it would have predicted', () => {
      const ranker = trained(settingsOf(), batches)
      const predicted = ranker.predict(batches[3])
      const { scores } = ranker.testThenTrain(batches[3])
      scores.forEach((score, i) => expect(score).toBeCloseTo(predicted[i], 6))
      expect(ranker.predict(batches[3])).not.toEqual(predicted)
      expect(ranker.exampleCount).toBe(64 * 11)
      ranker.dispose()
    })

    test('finds the planted cause', () => {
      const ranker = new Ranker(settingsOf())
      const losses: number[] = []
      const leftLosses: number[] = []
      for (const batch of batchesOf(plantedExamples(3840), 64)) {
        const { lossPerTask, leftLossPerTask } = ranker.train(batch)
        losses.push(lossPerTask[0] + lossPerTask[1] + lossPerTask[2])
        leftLosses.push(leftLossPerTask[0])
      }
      expect(mean(losses.slice(-10))).toBeLessThan(0.9 * mean(losses.slice(0, 5)))
      expect(mean(leftLosses.slice(-10))).toBeLessThan(0.9 * mean(leftLosses.slice(2, 7)))
      const fresh = plantedExamples(4640).slice(3840)
      const scores = ranker.predict(fresh)
      const clicks = fresh.map(({ tasks }) => tasks[0].label)
      expect(
        auc(
          clicks.map((_, b) => scores[b * 3]),
          clicks,
        ),
      ).toBeGreaterThan(0.75)
      ranker.dispose()
    })

    test('keeps as many tensors as before', () => {
      const before = tf.memory().numTensors
      const ranker = trained(settingsOf(), batches.slice(0, 2))
      ranker.predict(batches[0])
      const running = tf.memory().numTensors
      for (const batch of batches) {
        ranker.testThenTrain(batch)
        ranker.predict(batch)
      }
      expect(tf.memory().numTensors).toBe(running)
      ranker.dispose()
      expect(tf.memory().numTensors).toBe(before)
    })

    test('treats an erased user as one it has never seen', () => {
      const ranker = trained(settingsOf(), batches)
      const known = { ...plantedExamples(1)[0], userId: 'user-7' as UserId }
      const stranger = { ...known, userId: 'stranger' as UserId }
      expect(ranker.predict([known])).not.toEqual(ranker.predict([stranger]))
      ranker.eraseUsers([known.userId])
      expect(ranker.predict([known])).toEqual(ranker.predict([stranger]))
      expect(new TextDecoder('latin1').decode(ranker.snapshot())).not.toMatch(/user-7\b/)
      ranker.dispose()
    })

    test('exports an extractor whose arrays have the declared shapes', () => {
      const ranker = trained(settingsOf(), batches.slice(0, 1))
      const weights = ranker.exportExtractor()
      const { fieldCount: F, width: D, taskCount: T, tokenOffsets } = weights
      const side = weights.form === 'right' ? D : F
      expect(weights.tokenEmbeddings).toHaveLength(tokenOffsets[F] * D)
      for (const matrix of [weights.query, weights.key, weights.value]) expect(matrix).toHaveLength(side * side)
      for (const matrix of [weights.pooling, weights.headWeights]) expect(matrix).toHaveLength(T * D)
      expect(weights.headBias).toHaveLength(T)
      ranker.dispose()
    })
  })
}
