import type { Type } from 'avsc'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Rejection } from '../../core/contracts/rejection.ts'
import { BodyReaders } from './body-readers.ts'
import { FRAME_BYTES, readFrame, writeFrame } from './framing.ts'
import type { RecordMapping } from './record-mapping.ts'
import { RejectedRecord } from './rejected-record.ts'
import type { SchemaSource } from './schema-source.ts'
import { InvalidUtf8 } from './string-cache.ts'

export type Decoded<T> = { readonly kind: 'record'; readonly record: T } | Rejection

/** Bytes of one record type: Confluent framing and an Avro body in the newest schema. */
export interface RecordCodec<T> {
  /**
   * Throws TypeError when the record is not what its type says, LifecycleError `schema-not-registered` when the program
   * only reads such records.
   */
  encode(record: T): Uint8Array
  /**
   * Comes before `decode` of records that other programs write: their schemas are asked for here, all at once, so that
   * decoding need not wait. Throws LifecycleError `registry-unavailable`, retryable: nothing is lost by trying again.
   */
  prepare(values: Iterable<Uint8Array | null>): Promise<void>
  /** Reads every version of the schema. A value that is no such record is a rejection, never an error. */
  decode(bytes: Uint8Array): Decoded<T>
  /** For records that the program wrote itself: throws LifecycleError `corrupt` in place of a rejection. */
  decodeOwn(bytes: Uint8Array): T
}

/** Grows to the largest record seen; shared, because encoding is synchronous. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

export function createRecordCodec<T, Body>(mapping: RecordMapping<T, Body>, source: SchemaSource): RecordCodec<T> {
  const name = mapping.schema
  const writer = source.newest(name)
  const readers = new BodyReaders(name, source)

  const decode = (bytes: Uint8Array): Decoded<T> => {
    const writerId = readFrame(bytes)
    if (writerId === null) return unreadable(`the bytes do not begin with 0 and a schema id`)
    const read = readers.find(writerId)
    if (typeof read === 'string') return unreadable(read)
    try {
      const body: Body = read(Buffer.from(bytes.buffer, bytes.byteOffset + FRAME_BYTES, bytes.length - FRAME_BYTES))
      return { kind: 'record', record: mapping.fromBody(body) }
    } catch (error) {
      return rejectionOf(error, name)
    }
  }

  return {
    encode: (record) => encodeBody(writer, source.writtenId(name), mapping.toBody(record)),
    prepare: (values) => readers.prepare(values),
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
