import { createRequire } from 'node:module'
import * as fc from '../support/fast-check.ts'
import { expect, test } from 'vitest'
import { murmur2, partitionOf } from '../../src/app/partition-of.ts'

const require = createRequire(import.meta.url)
const murmur2OfKafkaJs = require('kafkajs/src/producer/partitioners/default/murmur2') as (key: Buffer) => number

// Of Kafka's own UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is that of the Java client', (text, expected) => {
  expect(murmur2(Buffer.from(text))).toBe(expected)
})

test('murmur2 of any bytes is that of kafkajs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(murmur2(bytes)).toBe(murmur2OfKafkaJs(Buffer.from(bytes)))
    }),
  )
})

test('a user has the partition that a Kafka producer gives the id as key', () => {
  // The sign bit is cleared, not the sign turned.
  expect(partitionOf('21', 7)).toBe((-973932308 & 0x7fffffff) % 7)
  expect(partitionOf('Zoë', 5)).toBe((murmur2OfKafkaJs(Buffer.from('Zoë')) & 0x7fffffff) % 5)
  expect(partitionOf('anybody', 1)).toBe(0)
})
