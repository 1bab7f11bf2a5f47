import type { DeadLetter } from '../../core/contracts/dead-letter.ts'
import type { Rejection } from '../../core/contracts/rejection.ts'
import type { RawLine } from './line-splitter.ts'

const MAX_BYTES = 64 * 1024

/** The dead letter of a line of a file. Copies the bytes, which are a view into the input. */
export function deadLetterOf(rejection: Omit<Rejection, 'kind'>, file: string, line: RawLine): DeadLetter {
  return {
    cause: rejection.cause,
    field: rejection.field,
    reason: rejection.reason,
    origin: `${file}:${line.number}`,
    bytes: Buffer.from(line.bytes.subarray(0, MAX_BYTES)),
    byteLength: line.byteLength,
  }
}

export function tooLong(line: RawLine, limitBytes: number): Omit<Rejection, 'kind'> {
  const reason = `the line has ${line.byteLength} bytes, more than ${limitBytes}`
  return { cause: 'too-long', field: '', reason }
}

/** The dead letter of a row of a table whose bytes are not at hand: it names the place. */
export function deadLetterOfRow(
  reason: string,
  file: string,
  line: number,
): { kind: 'dead-letter'; letter: DeadLetter } {
  const bytes = Buffer.from(`${file}:${line}`)
  const letter: DeadLetter = {
    cause: 'unreadable-record',
    field: '',
    reason,
    origin: `${file}:${line}`,
    bytes,
    byteLength: bytes.length,
  }
  return { kind: 'dead-letter', letter }
}
