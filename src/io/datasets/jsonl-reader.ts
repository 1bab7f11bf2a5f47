import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseInteraction } from '../../core/contracts/parse-interaction.ts'
import type { Rejection } from '../../core/contracts/rejection.ts'
import type { DatasetBatch, DatasetRow } from './dataset-batch.ts'
import { deadLetterOf, tooLong } from './dead-letter-of.ts'
import type { RawLine } from './line-splitter.ts'
import { MAX_LINE_BYTES, readLines } from './read-lines.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Interactions from a file with one JSON object per line, plain or gzip, or from standard input for `-`. Blank lines
 * are skipped. Throws LifecycleError `unreadable-file`.
 */
export async function* readJsonl(path: string): AsyncGenerator<DatasetBatch, void, undefined> {
  const file = path === '-' ? 'stdin' : basename(path)
  const totalBytes = path === '-' ? null : await sizeOf(path)
  for await (const { lines, bytesRead } of readLines(path)) {
    const rows: DatasetRow[] = []
    for (const line of lines) {
      if (!isBlank(line)) rows.push(parseLine(file, line))
    }
    yield { rows, bytesRead, totalBytes }
  }
}

function parseLine(file: string, line: RawLine): DatasetRow {
  const parsed = line.byteLength > MAX_LINE_BYTES ? tooLong(line, MAX_LINE_BYTES) : parseBytes(line.bytes)
  if ('interaction' in parsed) return parsed
  return { kind: 'dead-letter', letter: deadLetterOf(parsed, file, line) }
}

function parseBytes(bytes: Uint8Array): ReturnType<typeof parseInteraction> {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return rejection('invalid-utf8', 'the line is not UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return rejection('unreadable-record', 'the line is not JSON')
  }
  return parseInteraction(value)
}

function rejection(cause: Rejection['cause'], reason: string): Rejection {
  return { kind: 'rejection', cause, field: '', reason }
}

/** Nothing but spaces and tabs. */
function isBlank({ bytes }: RawLine): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09)
}

/** Null where the size is not known; a missing file is reported by the reading itself. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    const status = await stat(path)
    return status.isFile() ? status.size : null
  } catch {
    return null
  }
}
