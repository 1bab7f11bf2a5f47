import type { ComponentChildren } from 'preact'
import { type CsvValue, csvText } from '../figures/csv-text.ts'

export interface Column<Row> {
  readonly label: string
  /** What the export holds: plain figures, times in ISO 8601. */
  readonly value: (row: Row) => CsvValue
  /** What the page shows; the value where it is left out. */
  readonly cell?: (row: Row) => ComponentChildren
  readonly isNumber?: boolean
  /** Sentences, that may take several lines. */
  readonly isProse?: boolean
}

/** Rows with their columns: shown as a table, and written as CSV. */
export interface TableModel<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf?: (row: Row) => string
}

export function tableCsv<Row>({ columns, rows }: TableModel<Row>): string {
  return csvText(
    columns.map(({ label }) => label),
    rows.map((row) => columns.map(({ value }) => value(row))),
  )
}
