import type { EventId } from '../../../src/core/contracts/ids.ts'
import { describe, expect, test } from 'vitest'
import {
  decodeNewestSnapshot,
  decodeUserSnapshot,
  encodeNewestSnapshot,
  encodeUserSnapshot,
  type UserSnapshot,
} from '../../../src/core/user-state/user-snapshot-codec.ts'

const TASK = { trial: true, counted: true, succeeded: false, ordinal: 3, label: 0, rawValue: 0, predicted: 0 }
const IMPRESSION = {
  impressionId: 'i-1' as EventId,
  impressionTime: 300,
  tasks: [
    TASK,
    { ...TASK, succeeded: true, label: 1, rawValue: 2.5 },
    { ...TASK, trial: false, label: NaN, predicted: 0.25 },
  ],
}

const SNAPSHOTS: readonly (readonly [UserSnapshot, golden: string])[] = [
  [
    { ordinal: 0, offset: 0, streamTime: 0, changeTime: 1_767_225_600_000, content: { kind: 'unknown' } },
    '0100000080d0eab6b73300',
  ],
  [{ ordinal: 1, offset: 300, streamTime: 5, changeTime: 5, content: { kind: 'left-out' } }, '0101ac02050501'],
  [
    {
      ordinal: 200,
      offset: 2 ** 40,
      streamTime: 5,
      changeTime: 6,
      content: { kind: 'user', state: Uint8Array.of(1, 2), impressions: [IMPRESSION] },
    },
    '01c8018080808080200506020201020103692d31ac020305030f03000000000000f03f00000000000004400903000000000000f87f00000000000000000000803e',
  ],
]

describe('a stored snapshot', () => {
  test.each(SNAPSHOTS)('of version 1 keeps its bytes: %o', (snapshot, golden) => {
    const bytes = encodeUserSnapshot(snapshot)
    expect(Buffer.from(bytes).toString('hex')).toBe(golden)
    expect(decodeUserSnapshot(bytes)).toEqual(snapshot)
  })

  test('is named as the newest by its ordinal and offset', () => {
    const bytes = encodeNewestSnapshot({ ordinal: 3, offset: 1000 })
    expect(Buffer.from(bytes).toString('hex')).toBe('0103e807')
    expect(decodeNewestSnapshot(bytes)).toEqual({ ordinal: 3, offset: 1000 })
  })

  test('of another version, of unknown content or cut off is refused', () => {
    const bytes = encodeUserSnapshot(SNAPSHOTS[2][0])
    expect(() => decodeUserSnapshot(Uint8Array.of(9, 0, 0))).toThrow(/version 9: this program reads 1/)
    expect(() => decodeNewestSnapshot(Uint8Array.of(9, 0, 0))).toThrow(/version 9/)
    expect(() => decodeUserSnapshot(Uint8Array.of(1, 0, 0, 0, 0, 7))).toThrow(/content is unknown/)
    for (let length = 1; length < bytes.length; length++) {
      expect(() => decodeUserSnapshot(bytes.subarray(0, length))).toThrow(RangeError)
    }
  })
})
