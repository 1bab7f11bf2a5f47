import type { IHeaders, KafkaMessage, Message } from 'kafkajs'
import type { LogRecord, ReadRecord } from '../log.ts'

export function messageOf({ key, value, headers, timestamp }: LogRecord, partition: number): Message {
  return {
    partition,
    key: key && bufferOf(key),
    value: value && bufferOf(value),
    timestamp: String(timestamp),
    headers: headers && Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bufferOf(bytes)])),
  }
}

export function recordOf({ offset, key, value, headers, timestamp }: KafkaMessage): ReadRecord {
  const record = { offset: Number(offset), key, value, timestamp: Number(timestamp) }
  const names = headers ? Object.keys(headers) : []
  return names.length === 0 ? record : { ...record, headers: headersOf(headers!) }
}

/** Of a header that is there several times the last one counts. */
function headersOf(headers: IHeaders): Record<string, Uint8Array> {
  const read: Record<string, Uint8Array> = {}
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value[value.length - 1] : value
    if (last !== undefined) read[name] = typeof last === 'string' ? Buffer.from(last) : last
  }
  return read
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
