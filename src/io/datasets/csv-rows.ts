import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { parseCsvLine, requireColumns } from './csv-table.ts'
import { readLines } from './read-lines.ts'

/** One row of a CSV file, its fields by the names of the header. */
export interface CsvRow {
  /** Line in the file, from 1. */
  readonly line: number
  get(column: string): string
}

/** Blocks of a CSV file's rows, for files that are too large to be held. Rows with a wrong number of fields are `null`. */
export async function* readCsvRows(
  path: string,
  required: readonly string[],
): AsyncGenerator<{ rows: (CsvRow | null)[]; bytesRead: number }, void, undefined> {
  let columns: ReadonlyMap<string, number> | null = null
  for await (const { lines, bytesRead } of readLines(path)) {
    const rows: (CsvRow | null)[] = []
    for (const { bytes, number } of lines) {
      if (bytes.length === 0) continue
      const fields = fieldsOf(bytes.toString())
      if (columns === null) {
        const names = (fields ?? []).map((name, c) => (c === 0 ? name.replace(/^\ufeff/, '') : name))
        requireColumns(path, names, required)
        columns = new Map(names.map((name, c) => [name, c]))
      } else rows.push(fields?.length === columns.size ? rowOf(fields, columns, number) : null)
    }
    yield { rows, bytesRead }
  }
  if (columns === null) throw new LifecycleError('unreadable-file', `Cannot read ${path}: it has no header`)
}

function fieldsOf(text: string): string[] | null {
  try {
    return parseCsvLine(text)
  } catch {
    return null
  }
}

function rowOf(fields: readonly string[], columns: ReadonlyMap<string, number>, line: number): CsvRow {
  return {
    line,
    get: (name) => {
      const column = columns.get(name)
      return column === undefined ? '' : fields[column]
    },
  }
}

/** Path and size of a CSV file in a folder, plain or packed; null where it is missing. */
export async function findCsv(folder: string, stem: string): Promise<{ path: string; size: number } | null> {
  for (const name of [`${stem}.csv`, `${stem}.csv.gz`]) {
    const path = join(folder, name)
    const status = await stat(path).catch(() => null)
    if (status?.isFile()) return { path, size: status.size }
  }
  return null
}

/** The same, or `unreadable-file` with where the data set is to be had. */
export async function requireCsv(folder: string, stem: string, dataset: string, whereToGetIt: string) {
  const file = await findCsv(folder, stem)
  if (file) return file
  const state = `there is no ${stem}.csv or .csv.gz; ${whereToGetIt}`
  throw new LifecycleError('unreadable-file', `Cannot read ${dataset} from ${folder}: ${state}`)
}
