import type { EventId, ItemId, Offset, UserId } from '../../src/core/contracts/ids.ts'
import type { EventType, Interaction } from '../../src/core/contracts/interaction.ts'
import type { BundleVersion } from '../../src/core/contracts/ids.ts'
import type { ModelBundle } from '../../src/core/contracts/model-bundle.ts'
import type { TrackerSettings } from '../../src/core/contracts/tracker-settings.ts'
import { trackerSettings } from '../../src/core/tracker-settings.ts'
import { fieldLayout } from '../../src/core/user-state/field-layout.ts'
import { randomExtractorWeights } from './extractor-weights.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
/** 2026-01-01T00:00:00Z */
export const START_MS = 1_767_225_600_000

/** The program's defaults, but for a conversion that is tried only after a click. */
export const TEST_SETTINGS = trackerSettings({
  seed: 7,
  tasks: [
    { name: 'ctr', trial: 'impression', success: 'click', label: 'event' },
    { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
    { name: 'cvr', trial: 'click', success: 'order', label: 'event' },
  ],
  attributes: [{ name: 'segment', buckets: 8 }],
})

export function testBundle(version: number, settings: TrackerSettings = TEST_SETTINGS): ModelBundle {
  const { tokenOffsets } = fieldLayout(settings)
  const tokensPerField = Array.from(
    { length: tokenOffsets.length - 1 },
    (_, f) => tokenOffsets[f + 1] - tokenOffsets[f],
  )
  const population = { gammaMean: 0.4, labelMean: 0.3, quantiles: new Float64Array(0) }
  return {
    version: version as BundleVersion,
    mode: 'ple',
    exampleCount: 512 * version,
    eventTime: START_MS,
    tasks: [
      { task: 'ctr', priorAlpha: 1.5, priorBeta: 3.5, median: 0.3, ...population },
      {
        task: 'stay',
        priorAlpha: 2,
        priorBeta: 2,
        median: 0.5,
        ...population,
        quantiles: Float64Array.from([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000]),
      },
      { task: 'cvr', priorAlpha: 0.5, priorBeta: 9.5, median: 0.05, ...population },
    ],
    extractor: randomExtractorWeights({ seed: version, tokensPerField, width: 8, scale: 0.4 }),
  }
}

let nextId = 0

/** An interaction with everything filled in. */
export function interaction(
  type: EventType,
  userId: string,
  eventTime: number,
  more: Partial<Interaction> = {},
): Interaction {
  return {
    eventId: `event-${nextId++}` as EventId,
    userId: userId as UserId,
    itemId: 'item-1' as ItemId,
    type,
    eventTime,
    context: { hour: '8' },
    ...more,
  }
}

export function sourceAt(offset: number) {
  return { topic: 'interactions', partition: 0, offset: offset as Offset }
}
