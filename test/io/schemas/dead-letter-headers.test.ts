import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { DEAD_LETTER_CAUSES } from '../../../src/core/contracts/dead-letter.ts'
import type { DeadLetter } from '../../../src/core/contracts/dead-letter.ts'
import { deadLetterHeaders, originalHeaders, readDeadLetter } from '../../../src/io/schemas/dead-letter-headers.ts'

const LETTER: DeadLetter = {
  cause: 'out-of-range',
  field: 'value',
  reason: 'value is -3, which is below 0',
  origin: 'interactions/2@77',
  bytes: Buffer.from('{"value":-3}'),
  byteLength: 12,
}

describe('dead letter headers', () => {
  it('carry the family of Kafka Connect as text', () => {
    const headers = deadLetterHeaders(LETTER, { timestamp: 1_650_000_000_000, attempt: 1 })
    const texts = Object.entries(headers)
      .filter(([name]) => name.startsWith('__connect.errors.'))
      .map(([name, bytes]) => [name.slice('__connect.errors.'.length), Buffer.from(bytes).toString()])
    expect(Object.fromEntries(texts)).toEqual({
      topic: 'interactions',
      partition: '2',
      offset: '77',
      stage: 'TRANSFORMATION',
      'exception.class.name': 'stan-lifecycle.out-of-range',
      'exception.message': 'value is -3, which is below 0',
    })
  })

  it('carry the family of Spring with binary numbers', () => {
    const headers = deadLetterHeaders(LETTER, { timestamp: 1_650_000_000_000, attempt: 1 })
    const spring = (name: string) => Buffer.from(headers[`kafka_dlt-${name}`])
    expect(spring('original-topic').toString()).toBe('interactions')
    expect(spring('original-partition').readInt32BE()).toBe(2)
    expect(spring('original-offset').readBigInt64BE()).toBe(77n)
    expect(spring('original-timestamp').readBigInt64BE()).toBe(1_650_000_000_000n)
    expect(spring('exception-fqcn').toString()).toBe('stan-lifecycle.out-of-range')
    expect(spring('exception-message').toString()).toBe(LETTER.reason)
  })

  it('name file and line of a row, with partition -1', () => {
    const headers = deadLetterHeaders({ ...LETTER, origin: 'C:/data/log.csv:17' }, { timestamp: 0, attempt: 1 })
    expect(Buffer.from(headers['kafka_dlt-original-topic']).toString()).toBe('C:/data/log.csv')
    expect(Buffer.from(headers['kafka_dlt-original-partition']).readInt32BE()).toBe(-1)
    expect(Buffer.from(headers['__connect.errors.offset']).toString()).toBe('17')
  })

  it('give the letter, the attempt and the original headers back', () => {
    const text = fc.string({ unit: 'grapheme' })
    const letters = fc.record({
      cause: fc.constantFrom(...DEAD_LETTER_CAUSES),
      field: text,
      reason: text,
      origin: text,
      bytes: fc.uint8Array(),
      byteLength: fc.nat(),
    })
    const own = fc.dictionary(text, fc.uint8Array(), { noNullPrototype: true })
    fc.assert(
      fc.property(letters, own, fc.integer({ min: 1, max: 99 }), (letter, headers, attempt) => {
        const all = deadLetterHeaders(letter, { headers, timestamp: 1, attempt })
        expect(readDeadLetter(letter.bytes, all)).toEqual({ letter, attempt })
        expect(originalHeaders(all)).toEqual(headers)
      }),
    )
  })

  it('are not seen in a record that is no dead letter', () => {
    expect(readDeadLetter(Buffer.from('x'), undefined)).toBeNull()
    expect(readDeadLetter(Buffer.from('x'), { traceparent: Buffer.from('00') })).toBeNull()
    expect(readDeadLetter(null, deadLetterHeaders(LETTER, { timestamp: 1, attempt: 1 }))).toBeNull()
  })
})
