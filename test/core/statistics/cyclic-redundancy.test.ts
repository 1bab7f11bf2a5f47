import { crc32 as crc32OfNode } from 'node:zlib'
import { expect, test } from 'vitest'
import { crc32 } from '../../../src/core/ranker/crc32.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { crc32c } from '../../../src/io/crc32c.ts'

const random = createSeededRandom(1)
const bytes = Uint8Array.from({ length: 1000 }, () => random.nextInt(256))

test('gives the check values of both polynomials', () => {
  const digits = Buffer.from('123456789')
  expect(crc32(digits)).toBe(0xcbf43926)
  expect(crc32c(digits)).toBe(0xe3069283)
  expect(crc32(new Uint8Array(0))).toBe(0)
})

test('agrees with zlib at every length and from every place', () => {
  for (let length = 0; length < 40; length++) {
    for (const from of [0, 1, 7]) {
      const part = bytes.subarray(from, from + length)
      expect(crc32(part)).toBe(crc32OfNode(part))
    }
  }
  expect(crc32(bytes)).toBe(crc32OfNode(bytes))
})

test('goes on from what was in front', () => {
  for (const cut of [0, 1, 8, 13, 999, 1000]) {
    for (const check of [crc32, crc32c]) {
      expect(check(bytes.subarray(cut), check(bytes.subarray(0, cut)))).toBe(check(bytes))
    }
  }
})
