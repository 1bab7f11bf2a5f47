// oxlint-disable no-underscore-dangle -- `_read` and `_write` are avsc's names for what a type does with a tap
import avro from 'avsc'
import type { Type } from 'avsc'
import { StringCache } from './string-cache.ts'

/** avsc's reading position in a buffer; a position beyond the end makes the whole read fail as truncated. */
interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
  writeLong(value: number): void
  writeString(text: string): void
  skipString(): void
}

/** A type, or what resolves a writer's type into one: that has no _write. */
interface TapReader {
  _read(tap: Tap): unknown
}

interface TapType extends TapReader {
  _write(tap: Tap, value: unknown): void
  _skip(tap: Tap): void
}

/** Lengths below take one byte. */
const ONE_BYTE_LENGTHS = 64

const strings = new StringCache()

/** Strings that must be UTF-8, where avsc would put replacement characters. */
class StrictStringType extends avro.types.StringType {
  _read(tap: Tap): string {
    return readString(tap)
  }

  _write(tap: Tap, value: unknown): void {
    writeString(tap, value)
  }
}

/** avsc trusts the count of a block: 20 hostile bytes would keep it busy for hours. Each item takes a byte or more. */
class BoundedMapType extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = tapReader(this.valuesType)
    const map: Record<string, unknown> = {}
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) {
        const key = readString(tap)
        map[key] = values._read(tap)
      }
    }
    return map
  }

  _write(tap: Tap, map: unknown): void {
    if (typeof map !== 'object' || map === null) throw new TypeError(`${typeof map} in place of a map`)
    const values = tapType(this.valuesType)
    const entries = map as Record<string, unknown>
    const keys = Object.keys(entries)
    if (keys.length > 0) tap.writeLong(keys.length)
    for (const key of keys) {
      writeString(tap, key)
      values._write(tap, entries[key])
    }
    tap.writeLong(0)
  }

  _skip(tap: Tap): void {
    const values = tapType(this.valuesType)
    skipBlocks(tap, () => {
      tap.skipString()
      values._skip(tap)
    })
  }
}

class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = tapReader(this.itemsType)
    const array: unknown[] = []
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      while (count-- > 0) array.push(items._read(tap))
    }
    return array
  }

  _skip(tap: Tap): void {
    const items = tapType(this.itemsType)
    skipBlocks(tap, () => items._skip(tap))
  }
}

/** avsc's Type for a schema, safe and fast on bytes from anywhere. */
export function avroType(schema: avro.Schema): Type {
  return avro.Type.forSchema(schema, { typeHook: (part, options) => guardedType(part, options) })
}

function guardedType(schema: avro.Schema, options: unknown): Type | undefined {
  if (schema === 'string') return new StrictStringType()
  if (typeof schema !== 'object' || !('type' in schema)) return undefined
  if (schema.type === 'string') return new StrictStringType()
  if (schema.type === 'map') return new BoundedMapType(schema, options)
  if (schema.type === 'array') return new BoundedArrayType(schema, options)
  return undefined
}

function readString(tap: Tap): string {
  const length = tap.readLong()
  const start = tap.pos
  if (length < 0 || length > tap.buf.length - start) {
    tap.pos = tap.buf.length + 1
    return ''
  }
  tap.pos = start + length
  return strings.read(tap.buf, start, length)
}

/** Items of the next block, 0 at the end. A negative count is followed by the size of the block in bytes. */
function readCount(tap: Tap): number {
  const signed = tap.readLong()
  if (signed < 0) tap.readLong()
  const count = Math.abs(signed)
  if (count > tap.buf.length - tap.pos) {
    tap.pos = tap.buf.length + 1
    return 0
  }
  return count
}

/**
 * What a writer has and a reader does not, item by item: avsc jumps by the block's size, backwards too when a hostile one
 * is negative, and never ends. Items of no bytes would not end in time either.
 */
function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (let count = readCount(tap); count > 0; count = readCount(tap)) {
    while (count-- > 0) {
      const start = tap.pos
      skipItem()
      if (tap.pos > start) continue
      tap.pos = tap.buf.length + 1
      return
    }
  }
}

/** Short ASCII in one pass, where avsc asks for the length in bytes first. */
function writeString(tap: Tap, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${typeof value} in place of a string`)
  const { buf, pos } = tap
  const length = value.length
  if (length >= ONE_BYTE_LENGTHS || pos + 1 + length > buf.length) {
    tap.writeString(value)
    return
  }
  buf[pos] = length << 1
  for (let index = 0; index < length; index++) {
    const unit = value.charCodeAt(index)
    if (unit > 0x7f) {
      tap.writeString(value)
      return
    }
    buf[pos + 1 + index] = unit
  }
  tap.pos = pos + 1 + length
}

function tapType(type: Type): TapType {
  if (!isTapType(type))
    throw new TypeError(`Cannot use the avsc type ${type.typeName}: it has no _read, _write and _skip`)
  return type
}

function isTapType(type: Type): type is Type & TapType {
  return '_read' in type && '_write' in type && '_skip' in type
}

/** avsc's declarations know of neither: a type or a resolver. */
function tapReader(reader: Type): TapReader {
  if (!('_read' in reader)) throw new TypeError('Cannot use what avsc made to read a value: it has no _read')
  return reader as unknown as TapReader
}
