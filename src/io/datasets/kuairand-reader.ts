import { basename } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { readCsvRows } from './csv-rows.ts'
import { parseCsvLine, requireColumns } from './csv-table.ts'
import type { DatasetBatch, DatasetRow } from './dataset-batch.ts'
import { parseDateRange } from './date-range.ts'
import type { DateRange } from './date-range.ts'
import { deadLetterOf, tooLong } from './dead-letter-of.ts'
import { readUserFeatures, readVideoFeatures } from './kuairand-features.ts'
import type { DatasetFile } from './kuairand-files.ts'
import { findKuairandFiles } from './kuairand-files.ts'
import type { KuairandTables } from './kuairand-row.ts'
import { isRejection, KuairandRowParser, LOG_COLUMNS } from './kuairand-row.ts'
import type { RawLine } from './line-splitter.ts'
import { MAX_LINE_BYTES, readLines } from './read-lines.ts'

/** Days, yyyy-mm-dd, of the `date` column; both inclusive, both optional. */
export interface KuairandOptions {
  readonly from?: string
  readonly to?: string
  /**
   * Whether rows must come in the order of time. Published files are not all sorted; where rows are out of order they
   * are then sorted in memory, about a kilobyte each.
   */
  readonly inOrder?: boolean
}

/** Above this, in all, only the videos that the logs name are kept of the video files. */
const LARGE_VIDEO_BYTES = 512 * 1024 * 1024
const SORTED_BATCH = 4096

/**
 * The standard logs of KuaiRand (Gao et al., CIKM 2022, DOI 10.1145/3511808.3557624) in the order of time: each row a
 * wide interaction with the features of its user and video, or a dead letter. Throws RangeError at once for a date that
 * is none; LifecycleError `unreadable-file` for files that are missing, damaged or have another header.
 */
export function readKuairand(
  folder: string,
  options: KuairandOptions = {},
): AsyncGenerator<DatasetBatch, void, undefined> {
  return readFolder(folder, parseDateRange(options.from, options.to), options.inOrder ?? false)
}

async function* readFolder(
  folder: string,
  dates: DateRange,
  inOrder: boolean,
): AsyncGenerator<DatasetBatch, void, undefined> {
  const files = await findKuairandFiles(folder)
  const isLarge = files.videos.reduce((sum, { size }) => sum + size, 0) > LARGE_VIDEO_BYTES
  const survey = isLarge || inOrder ? await surveyLogs(files.logs, dates) : null
  const tables: KuairandTables = {
    users: await readUserFeatures(files.users.path),
    videos: await readVideoFeatures(
      files.videos.map(({ path }) => path),
      isLarge ? survey!.videos : null,
    ),
  }
  if (inOrder && !survey!.isSorted) yield* readSorted(files.logs, tables, dates)
  else yield* readAsStored(files.logs, tables, dates)
}

async function* readAsStored(
  logs: readonly DatasetFile[],
  tables: KuairandTables,
  dates: DateRange,
): AsyncGenerator<DatasetBatch, void, undefined> {
  const totalBytes = logs.reduce((sum, { size }) => sum + size, 0)
  let bytesBefore = 0
  for (const file of logs) {
    for await (const { rows, bytesRead } of readLog(file, tables, dates)) {
      yield { rows, bytesRead: bytesBefore + bytesRead, totalBytes }
    }
    bytesBefore += file.size
  }
}

/** All rows by their times; rows of equal times, and those that are no interactions, stay in the order of the files. */
async function* readSorted(
  logs: readonly DatasetFile[],
  tables: KuairandTables,
  dates: DateRange,
): AsyncGenerator<DatasetBatch, void, undefined> {
  const rows: DatasetRow[] = []
  const totalBytes = logs.reduce((sum, { size }) => sum + size, 0)
  for await (const batch of readAsStored(logs, tables, dates)) {
    for (const row of batch.rows) rows.push(row)
    yield { rows: [], bytesRead: batch.bytesRead / 2, totalBytes }
  }
  const timeOf = (row: DatasetRow): number => (row.kind === 'interaction' ? row.interaction.eventTime : 0)
  rows.sort((a, b) => timeOf(a) - timeOf(b))
  for (let from = 0; from < rows.length; from += SORTED_BATCH) {
    const share = Math.min(1, (from + SORTED_BATCH) / rows.length)
    yield { rows: rows.slice(from, from + SORTED_BATCH), bytesRead: (totalBytes * (1 + share)) / 2, totalBytes }
  }
}

/** Whether the logs are in the order of time, and the videos that they name within the dates. */
async function surveyLogs(
  logs: readonly DatasetFile[],
  dates: DateRange,
): Promise<{ isSorted: boolean; videos: ReadonlySet<string> }> {
  const videos = new Set<string>()
  let isSorted = true
  let latest = 0
  for (const file of logs) {
    for await (const { rows } of readCsvRows(file.path, LOG_COLUMNS)) {
      for (const row of rows) {
        const day = Number(row?.get('date'))
        if (row === null || !(day >= dates.from && day <= dates.to)) continue
        const time = Number(row.get('time_ms'))
        if (time < latest) isSorted = false
        latest = Math.max(latest, time)
        videos.add(row.get('video_id'))
      }
    }
  }
  return { isSorted, videos }
}

async function* readLog(
  file: DatasetFile,
  tables: KuairandTables,
  dates: DateRange,
): AsyncGenerator<{ rows: DatasetRow[]; bytesRead: number }, void, undefined> {
  let log: LogFile | null = null
  for await (const { lines, bytesRead } of readLines(file.path)) {
    const rows: DatasetRow[] = []
    for (const line of lines) {
      if (line.byteLength === 0) continue
      if (log === null) {
        log = new LogFile(file, line, tables, dates)
        continue
      }
      const row = log.parse(line)
      if (row !== null) rows.push(row)
    }
    yield { rows, bytesRead }
  }
  if (log === null) throw new LifecycleError('unreadable-file', `Cannot read ${file.path}: it has no header`)
}

/** One log file after its header. */
class LogFile {
  readonly #file: DatasetFile
  readonly #dates: DateRange
  readonly #parser: KuairandRowParser
  #rowNumber = 0

  /** Throws `unreadable-file`, naming the columns that are missing. */
  constructor(file: DatasetFile, header: RawLine, tables: KuairandTables, dates: DateRange) {
    const columns = header.bytes
      .toString()
      .replace(/^\ufeff/, '')
      .split(',')
    requireColumns(file.path, columns, LOG_COLUMNS)
    this.#file = file
    this.#dates = dates
    this.#parser = new KuairandRowParser(columns, tables)
  }

  /** Null for a row outside the dates. */
  parse(line: RawLine): DatasetRow | null {
    this.#rowNumber++
    if (line.byteLength > MAX_LINE_BYTES) return this.#deadLetter(tooLong(line, MAX_LINE_BYTES), line)
    const fields = parseFields(line)
    if (fields === null) {
      const reason = 'the row is not CSV: a quote is not closed'
      return this.#deadLetter({ cause: 'unreadable-record', field: '', reason }, line)
    }
    const date = this.#parser.dateOf(fields)
    if (typeof date !== 'number') return this.#deadLetter(date, line)
    if (date < this.#dates.from || date > this.#dates.to) return null
    const parsed = this.#parser.parse(fields, `${this.#file.stem}:${this.#rowNumber}`)
    if (isRejection(parsed)) return this.#deadLetter(parsed, line)
    return { kind: 'interaction', interaction: parsed }
  }

  #deadLetter(rejection: Parameters<typeof deadLetterOf>[0], line: RawLine): DatasetRow {
    return { kind: 'dead-letter', letter: deadLetterOf(rejection, basename(this.#file.path), line) }
  }
}

function parseFields(line: RawLine): string[] | null {
  try {
    // Every field we take is a number; other bytes need not be text to be found wrong.
    return parseCsvLine(line.bytes.toString('latin1'))
  } catch {
    return null
  }
}
