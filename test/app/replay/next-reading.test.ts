import { describe, expect, test } from 'vitest'
import type { HistoryStretch } from '../../../src/app/replay/history-reader.ts'
import { type KnownChanges, nextReading, recordsToRead } from '../../../src/app/replay/next-reading.ts'
import { trackerSettings } from '../../../src/core/tracker-settings.ts'
import type { UserSnapshot } from '../../../src/core/user-state/user-snapshot-codec.ts'

const stretch = (offset: number, everyRecords: number): HistoryStretch => {
  return { offset, bundleOffset: -1, settings: trackerSettings({ snapshots: { everyRecords, kept: 8 } }) }
}
const snapshot = (ordinal: number, offset: number, kind: 'unknown' | 'user' = 'user'): UserSnapshot => ({
  ordinal,
  offset,
  streamTime: offset,
  changeTime: offset,
  content: kind === 'user' ? { kind, state: new Uint8Array(0), impressions: [] } : { kind },
})

function knownOf(changes: Partial<KnownChanges>): KnownChanges {
  const snapshots = changes.snapshots ?? []
  const newestOrdinal = snapshots.at(-1)?.ordinal ?? -1
  return { snapshots, newestOrdinal, stretches: [stretch(0, 100)], end: 1000, ...changes }
}

/** The readings of a replay from a position to the end. */
function readingsOf(changes: Partial<KnownChanges>, from = 0): [from: number, to: number][] {
  const known = knownOf(changes)
  const readings: [number, number][] = []
  for (let position = from; ;) {
    const reading = nextReading(known, position)
    if (!reading) return readings
    readings.push([reading.from?.offset ?? position, reading.to])
    position = reading.to
  }
}

describe('what a replay of one user has to read', () => {
  test('is from each change to the end of its period, from the first event on', () => {
    const snapshots = [snapshot(0, 30, 'unknown'), snapshot(1, 100), snapshot(2, 555)]
    expect(readingsOf({ snapshots })).toEqual([
      [30, 100],
      [100, 200],
      [555, 600],
    ])
    expect(readingsOf({ snapshots, end: 560 }, 130)).toEqual([
      [130, 200],
      [555, 560],
    ])
    expect(readingsOf({ snapshots }, 700)).toEqual([])
  })

  test('is counted from a position or from a snapshot', () => {
    const snapshots = [snapshot(0, 30), snapshot(1, 555)]
    expect(recordsToRead(knownOf({ snapshots }), 0)).toBe(70 + 45)
    expect(recordsToRead(knownOf({ snapshots }), 80)).toBe(20 + 45)
    expect(recordsToRead(knownOf({ snapshots }), snapshots[1])).toBe(45)
    expect(recordsToRead(knownOf({ snapshots: [snapshot(4, 555)] }), 0)).toBe(555 + 45)
  })

  test('is everything where no snapshot was ever kept', () => {
    expect(readingsOf({ stretches: [stretch(0, 0)] })).toEqual([[0, 1000]])
  })

  test('is nothing of the time in which a change would have had the first snapshot', () => {
    const stretches = [stretch(0, 0), stretch(250, 100), stretch(400, 50)]
    expect(readingsOf({ stretches })).toEqual([[0, 250]])
    expect(readingsOf({ stretches, snapshots: [snapshot(0, 510)] })).toEqual([
      [0, 250],
      [510, 550],
    ])
  })

  test('is all between two snapshots that do not follow each other', () => {
    expect(readingsOf({ snapshots: [snapshot(0, 30, 'unknown'), snapshot(2, 555)] })).toEqual([
      [30, 555],
      [555, 600],
    ])
    expect(readingsOf({ snapshots: [snapshot(4, 555)] })).toEqual([
      [0, 555],
      [555, 600],
    ])
  })

  test('is all behind a snapshot that is not the newest there is', () => {
    expect(readingsOf({ snapshots: [snapshot(0, 30, 'unknown')], newestOrdinal: 1 })).toEqual([[30, 1000]])
    expect(readingsOf({ newestOrdinal: 0 })).toEqual([[0, 1000]])
  })

  test('is all between snapshots with another period, or with none, in between', () => {
    const snapshots = [snapshot(0, 30, 'unknown'), snapshot(1, 555)]
    for (const everyRecords of [0, 50]) {
      const stretches = [stretch(0, 100), stretch(200, everyRecords), stretch(400, 100)]
      expect(readingsOf({ snapshots, stretches })).toEqual([
        [30, 555],
        [555, 600],
      ])
    }
    // Another bundle makes no difference.
    expect(readingsOf({ snapshots, stretches: [stretch(0, 100), stretch(200, 100)] })).toEqual([
      [30, 100],
      [555, 600],
    ])
    expect(readingsOf({ snapshots, stretches: [stretch(0, 100), stretch(700, 0)] })).toEqual([
      [30, 100],
      [555, 1000],
    ])
  })
})
