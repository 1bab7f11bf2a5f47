import type { Type } from 'avsc'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Rejection } from '../../core/contracts/rejection.ts'
import { FRAME_BYTES, readFrame, writeFrame } from './framing.ts'
import { newestSchema } from './local-schema-table.ts'
import type { RecordMapping } from './record-mapping.ts'
import { RejectedRecord } from './rejected-record.ts'
import type { SchemaTypes } from './schema-types.ts'
import { InvalidUtf8 } from './string-cache.ts'

export type Decoded<T> = { readonly kind: 'record'; readonly record: T } | Rejection

/** Bytes of one record type: Confluent framing and an Avro body in the newest schema. */
export interface RecordCodec<T> {
  /** Id that `encode` writes. */
  readonly schemaId: number
  /** Throws TypeError when the record is not what its type says. */
  encode(record: T): Uint8Array
  /** Reads every version of the schema. A value that is no such record is a rejection, never an error. */
  decode(bytes: Uint8Array): Decoded<T>
  /** For records that the program wrote itself: throws LifecycleError `corrupt` in place of a rejection. */
  decodeOwn(bytes: Uint8Array): T
}

/** Grows to the largest record seen; shared, because encoding is synchronous. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

export function createRecordCodec<T, Body>(mapping: RecordMapping<T, Body>, types: SchemaTypes): RecordCodec<T> {
  const { id: schemaId, name } = newestSchema(mapping.schema)
  const writer = types.typeOf(schemaId)
  const reads = types.readersInto(schemaId)

  const decode = (bytes: Uint8Array): Decoded<T> => {
    const writerId = readFrame(bytes)
    if (writerId === null) return unreadable(`the bytes do not begin with 0 and a schema id`)
    const read = reads.get(writerId)
    if (read === undefined) return unreadable(`schema id ${writerId} is no version of ${name}`)
    try {
      const body: Body = read(Buffer.from(bytes.buffer, bytes.byteOffset + FRAME_BYTES, bytes.length - FRAME_BYTES))
      return { kind: 'record', record: mapping.fromBody(body) }
    } catch (error) {
      return rejectionOf(error, name)
    }
  }

  return {
    schemaId,
    encode: (record) => encodeBody(writer, schemaId, mapping.toBody(record)),
    decode,
    decodeOwn: (bytes) => {
      const decoded = decode(bytes)
      if (decoded.kind === 'record') return decoded.record
      throw new LifecycleError('corrupt', `Cannot decode ${name} record: ${decoded.reason}`)
    },
  }
}

function encodeBody(type: Type, schemaId: number, body: unknown): Uint8Array {
  let end = encodeInto(type, body)
  if (end < 0) {
    // avsc answers minus the bytes that were missing.
    scratch = Buffer.allocUnsafeSlow(2 * (scratch.length - end))
    end = encodeInto(type, body)
  }
  writeFrame(scratch, schemaId)
  return Buffer.from(scratch.subarray(0, end))
}

function encodeInto(type: Type, body: unknown): number {
  try {
    return type.encode(body, scratch, FRAME_BYTES)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TypeError(`Cannot encode ${type.name} record: ${reason}`, { cause: error })
  }
}

function rejectionOf(error: unknown, name: string): Rejection {
  if (error instanceof RejectedRecord) {
    return { kind: 'rejection', cause: error.rejectionCause, field: error.field, reason: error.message }
  }
  if (error instanceof InvalidUtf8) {
    return { kind: 'rejection', cause: 'invalid-utf8', field: '', reason: 'a string of the record is not UTF-8' }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return unreadable(`the body is no ${name} record (${reason})`)
}

function unreadable(reason: string): Rejection {
  return { kind: 'rejection', cause: 'unreadable-record', field: '', reason }
}
