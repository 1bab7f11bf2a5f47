import { describe, expect, it } from 'vitest'
import { FRAME_BYTES, readFrame, writeFrame } from '../../../src/io/schemas/framing.ts'

describe('framing', () => {
  it.each([0, 1, 255, 256, 0x7fffffff, 0x80000001, 0xffffffff])('carries schema id %d', (id) => {
    const bytes = Buffer.alloc(FRAME_BYTES + 2, 9)
    writeFrame(bytes, id)
    expect(readFrame(bytes)).toBe(id)
  })

  it('writes Confluent bytes', () => {
    const bytes = Buffer.alloc(FRAME_BYTES)
    writeFrame(bytes, 0x01020304)
    expect([...bytes]).toEqual([0, 1, 2, 3, 4])
  })

  it('finds no frame in short bytes or behind another first byte', () => {
    expect(readFrame(Uint8Array.of())).toBeNull()
    expect(readFrame(Uint8Array.of(0, 0, 0, 1))).toBeNull()
    expect(readFrame(Uint8Array.of(1, 0, 0, 0, 1))).toBeNull()
    expect(readFrame(Buffer.from('{"a":1}'))).toBeNull()
  })
})
