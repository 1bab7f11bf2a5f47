import { parse } from 'csv-parse/sync'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { readLines } from './read-lines.ts'

/** A whole CSV file of moderate size: its column names, and its rows by position. */
export interface CsvTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Reads a CSV file, plain or gzip. Throws `unreadable-file`, naming the line, or a required column it lacks. */
export async function readCsvTable(path: string, required: readonly string[]): Promise<CsvTable> {
  const lines: Buffer[] = []
  for await (const block of readLines(path)) for (const { bytes } of block.lines) lines.push(bytes)
  const [columns = [], ...rows] = parseCsv(path, lines.map((bytes) => bytes.toString()).join('\n'))
  requireColumns(path, columns, required)
  return { columns, rows }
}

/** Fields of one line of CSV. Throws csv-parse's error. */
export function parseCsvLine(text: string): string[] {
  if (!text.includes('"')) return text.split(',')
  const [fields = []] = parse(text, { relax_column_count: true })
  return fields
}

export function requireColumns(path: string, columns: readonly string[], required: readonly string[]): void {
  const missing = required.filter((name) => !columns.includes(name))
  if (missing.length === 0) return
  const state = `its header has no column ${missing.join(', ')}`
  throw new LifecycleError('unreadable-file', `Cannot read ${path}: ${state}`)
}

function parseCsv(path: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('unreadable-file', `Cannot read ${path}: ${reason}`, { cause: error })
  }
}
