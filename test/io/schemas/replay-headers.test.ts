import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import type { DeadLetter } from '../../../src/core/contracts/dead-letter.ts'
import {
  attemptOf,
  deadLetterHeaders,
  originalHeaders,
  readDeadLetter,
} from '../../../src/io/schemas/dead-letter-headers.ts'
import { readReplayMark, replayHeaders, replayMarkHeaders } from '../../../src/io/schemas/replay-headers.ts'

const BYTES = Buffer.from('{}')
const LETTER: DeadLetter = {
  cause: 'wrong-type',
  field: 'f',
  reason: 'r',
  origin: 'a/0@1',
  bytes: BYTES,
  byteLength: 2,
}
const OWN_HEADERS = { traceparent: Buffer.from('00-1'), empty: Buffer.alloc(0) }

describe('replay headers', () => {
  it('count the failures of a record, however often it comes back, and keep its own headers', () => {
    let headers: Readonly<Record<string, Uint8Array>> = OWN_HEADERS
    for (let attempt = 1; attempt <= 4; attempt++) {
      expect(attemptOf(headers)).toBe(attempt)
      const letterHeaders = deadLetterHeaders(LETTER, { headers, timestamp: 1, attempt: attemptOf(headers) })
      expect(readDeadLetter(BYTES, letterHeaders)).toEqual({ letter: LETTER, attempt })
      expect(originalHeaders(letterHeaders)).toEqual(OWN_HEADERS)
      headers = replayHeaders(letterHeaders, attempt, { partition: 2, offset: attempt })
    }
    expect(Buffer.from(headers['stan-lifecycle.dead-letter.replay-of']).toString()).toBe('2@4')
  })

  it('of a record that was never replayed, and ones that are no number, mean a first failure', () => {
    expect(attemptOf(undefined)).toBe(1)
    for (const text of ['', '0', '-1', '1.5', 'x', '1e9', '99999999999']) {
      expect(attemptOf({ 'stan-lifecycle.dead-letter.attempt': Buffer.from(text) })).toBe(1)
    }
  })
})

describe('a replay mark', () => {
  it('names its letter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 49 }), (offset) => {
        expect(readReplayMark(null, replayMarkHeaders(offset))).toBe(offset)
      }),
    )
  })

  it('is no dead letter, and a dead letter is no mark', () => {
    expect(readDeadLetter(null, replayMarkHeaders(5))).toBeNull()
    expect(readReplayMark(BYTES, deadLetterHeaders(LETTER, { timestamp: 1, attempt: 1 }))).toBeNull()
    expect(readReplayMark(BYTES, replayMarkHeaders(5))).toBeNull()
    expect(readReplayMark(null, undefined)).toBeNull()
    expect(readReplayMark(null, { 'stan-lifecycle.replay.letter-offset': Buffer.from('-1') })).toBeNull()
  })
})
