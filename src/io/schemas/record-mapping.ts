import { RejectedRecord } from './rejected-record.ts'
import type { SchemaName } from './local-schema-table.ts'

/** How a contract's record and the value that avsc writes and reads differ. `Body` has null where a field is absent. */
export interface RecordMapping<T, Body> {
  readonly schema: SchemaName
  toBody(record: T): unknown
  /** Throws RejectedRecord. */
  fromBody(body: Body): T
}

/** A value of a closed set, which the schema carries as a string. */
export function memberOf<Member extends string>(list: readonly Member[], value: string, field: string): Member {
  for (const member of list) if (member === value) return member
  throw new RejectedRecord('out-of-range', field, `${field} is ${JSON.stringify(value)}, not one of ${list.join(', ')}`)
}

/** Little-endian float32 as bytes, without a copy. Every platform that Node runs on here is little-endian. */
export function floatBytes(floats: Float32Array): Buffer {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength)
}

export function floatsOf(bytes: Uint8Array, field: string): Float32Array {
  if (bytes.length % 4 !== 0) {
    throw new RejectedRecord('wrong-type', field, `${field} has ${bytes.length} bytes, which are no float32 values`)
  }
  const floats = new Float32Array(bytes.length / 4)
  new Uint8Array(floats.buffer).set(bytes)
  return floats
}

/** A loop, because Array.from walks a typed array by its iterator. */
export function plainInts(ints: Int32Array): number[] {
  const plain: number[] = []
  for (let index = 0; index < ints.length; index++) plain.push(ints[index])
  return plain
}
