import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import {
  CHECKPOINT_VERSION,
  type CheckpointSections,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../../src/core/ranker/checkpoint-codec.ts'
import { crc32 } from '../../../src/core/ranker/crc32.ts'

const GOLDEN = new URL('../../fixtures/ranker/checkpoint.v1.hex', import.meta.url)
const SECTIONS: CheckpointSections = {
  weights: Float32Array.of(1.5, -2, Number.NaN),
  counters: Float64Array.of(Math.PI, -0),
  'table/rows': Int32Array.of(-1, 7),
  population: Uint8Array.of(1, 2, 3),
  values: ['', 'ünï "quoted"', '\ud800'],
  nothing: new Float32Array(0),
}

function codeOf(decode: () => unknown): string {
  try {
    decode()
  } catch (error) {
    return (error as LifecycleError).code
  }
  return 'none'
}

describe('checkpoint codec', () => {
  test('gives back what it was given', () => {
    expect(decodeCheckpoint(encodeCheckpoint(SECTIONS))).toEqual(SECTIONS)
  })

  test('reads a checkpoint that does not start its buffer', () => {
    const bytes = encodeCheckpoint(SECTIONS)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeCheckpoint(shifted.subarray(3))).toEqual(SECTIONS)
  })

  test('writes the bytes of version 1', () => {
    const golden = readFileSync(GOLDEN, 'utf8').replaceAll(/\s/g, '')
    expect(Buffer.from(encodeCheckpoint(SECTIONS)).toString('hex')).toBe(golden)
  })

  test('refuses a checkpoint with any byte changed or cut off', () => {
    const bytes = encodeCheckpoint(SECTIONS)
    for (let at = 0; at < bytes.length; at++) {
      const broken = bytes.slice()
      broken[at] ^= 0x10
      expect(codeOf(() => decodeCheckpoint(broken))).toBe(at === 8 || (at > 8 && at < 12) ? 'newer-format' : 'corrupt')
      expect(codeOf(() => decodeCheckpoint(bytes.subarray(0, at)))).toBe('corrupt')
    }
  })

  test('names the version of a checkpoint that a later program wrote', () => {
    const bytes = encodeCheckpoint(SECTIONS)
    bytes[8] = CHECKPOINT_VERSION + 1
    expect(() => decodeCheckpoint(bytes)).toThrow('it has version 2, this program knows 1')
  })

  test('has the checksum of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})
