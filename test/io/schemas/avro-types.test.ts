import avro from 'avsc'
import type { Schema, Type } from 'avsc'
import { describe, expect, it } from 'vitest'
import { avroType } from '../../../src/io/schemas/avro-types.ts'

const STRINGS = { type: 'array', items: 'string' } as const
const NULLS = { type: 'array', items: 'null' } as const
const MAP = { type: 'map', values: STRINGS } as const

function record(...fields: readonly (readonly [name: string, type: unknown])[]): Schema {
  return { type: 'record', name: 'R', fields: fields.map(([name, type]) => ({ name, type })) } as unknown as Schema
}

/** What reads a writer's bytes as the reader's record. */
function readerOf(reader: Schema, writer: Schema): (bytes: Buffer) => ReturnType<Type['fromBuffer']> {
  const type = avroType(reader)
  const resolver = type.createResolver(avroType(writer))
  return (bytes) => type.fromBuffer(bytes, resolver)
}

describe('avro types of a writer', () => {
  it('read maps and arrays of other types into those of the reader', () => {
    const writer = record(['counts', { type: 'map', values: 'int' }], ['sizes', { type: 'array', items: 'int' }])
    const reader = record(['counts', { type: 'map', values: 'double' }], ['sizes', { type: 'array', items: 'double' }])
    const value = { counts: { a: 1, b: 2 }, sizes: [3, 4, 5] }
    const bytes = avro.Type.forSchema(writer).toBuffer(value)
    expect({ ...readerOf(reader, writer)(bytes) }).toEqual(value)
  })

  it('skip what the reader does not have, in blocks with and without their sizes', () => {
    const read = readerOf(record(['last', 'string']), record(['map', MAP], ['last', 'string']))
    const plain = avro.Type.forSchema(record(['map', MAP], ['last', 'string']))
    expect({ ...read(plain.toBuffer({ map: { a: ['b', 'c'], d: [] }, last: 'e' })) }).toEqual({ last: 'e' })
    // One entry of 7 bytes, key a, one string b; then the end, and the last field.
    expect({ ...read(Buffer.from([1, 12, 2, 97, 1, 4, 2, 98, 0, 0, 2, 101])) }).toEqual({ last: 'e' })
  })

  it.each([
    ['a size that leads backwards', record(['list', STRINGS]), [1, 1, 0, 2, 101]],
    ['a size that leads backwards, of a map', record(['map', MAP]), [1, 1, 0, 2, 101]],
    ['a count that no buffer holds', record(['list', STRINGS]), [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 101]],
    ['items of no bytes', record(['list', NULLS]), [6, 0, 2, 101]],
  ])('end in time with %s, which they refuse', (_, writer, bytes) => {
    const both = { ...(writer as object), fields: [...(writer as unknown as { fields: object[] }).fields, ...LAST] }
    const read = readerOf(record(['last', 'string']), both as unknown as Schema)
    const started = performance.now()
    expect(() => read(Buffer.from(bytes))).toThrow('truncated buffer')
    expect(performance.now() - started).toBeLessThan(500)
  })
})

const LAST = [{ name: 'last', type: 'string' }]
