import { expect, test } from 'vitest'
import type { EventId, ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import { openImpressionOf, pendingImpressionOf } from '../../../src/core/user-state/open-impression.ts'
import {
  decodeOpenImpression,
  decodePendingImpression,
  encodePendingImpression,
} from '../../../src/core/user-state/pending-impression-codec.ts'
import type { PendingImpression } from '../../../src/core/user-state/pending-impression.ts'

const POSTERIOR = {
  alpha: 1,
  beta: 2,
  effectiveSampleSize: 3,
  gamma: 0.5,
  algorithmGamma: 0.25,
  trials: 300,
  successes: 1,
}
const IMPRESSION: PendingImpression = {
  impressionId: 'impression-ü' as EventId,
  userId: 'ann' as UserId,
  itemId: 'item' as ItemId,
  impressionTime: 1_767_225_600_000,
  sourceOffset: 70_000,
  context: { hour: '8', place: 'x'.repeat(200) },
  userFeatures: {},
  itemFeatures: { category: 'ä' },
  frozen: {
    stage: 2,
    stageProbabilities: [0.125, 0.25, 0.5, 0.125],
    tokens: Int32Array.of(1, 500, 3),
    numbers: Float32Array.of(0.5, 2),
    tasks: [0.75, 0.5].map((predicted) => ({ ...POSTERIOR, predicted })),
    bundleVersion: 200,
  },
  tasks: [
    { trial: true, ordinal: 130, counted: true, succeeded: true, label: 0.5, rawValue: 12 },
    { trial: false, ordinal: 0, counted: false, succeeded: false, label: NaN, rawValue: 0 },
  ],
}

test('what later outcomes need of an impression is the same from its bytes as from the whole', () => {
  const bytes = encodePendingImpression(IMPRESSION)
  const open = decodeOpenImpression(bytes)
  expect(open).toEqual(openImpressionOf(decodePendingImpression(bytes)))
  expect(open.tasks.map(({ predicted }) => predicted)).toEqual([0, 0.5])
  const { impressionId, impressionTime, tasks } = IMPRESSION
  expect(pendingImpressionOf(IMPRESSION.userId, open)).toMatchObject({ impressionId, impressionTime, tasks })
  expect(() => decodeOpenImpression(Uint8Array.of(9))).toThrow(/version 9/)
})
