import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { SseParser } from '../../../src/dashboard/api/sse-parser.ts'

const STREAM =
  ': heartbeat\n\nevent: state\nid: 7\ndata: {"a":1}\n\ndata: first\r\ndata: second\r\n\r\nid: 9\rdata:tight\r\revent: none\n\n'

describe('SSE parser', () => {
  test('gives the events with their names, ids and lines', () => {
    expect(new SseParser().push(`${STREAM}data: not yet ended`)).toEqual([
      { event: 'state', id: '7', data: '{"a":1}' },
      { event: 'message', id: '7', data: 'first\nsecond' },
      { event: 'message', id: '9', data: 'tight' },
    ])
  })

  test('gives the same however the stream is cut', () => {
    const whole = new SseParser().push(STREAM)
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
        const ends = [...new Set([...cuts, 0, STREAM.length])].sort((a, b) => a - b)
        const parser = new SseParser()
        const events = ends.slice(1).flatMap((end, i) => parser.push(STREAM.slice(ends[i], end)))
        expect(events).toEqual(whole)
      }),
    )
  })
})
