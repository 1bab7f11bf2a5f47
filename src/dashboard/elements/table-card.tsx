import type { ComponentChildren } from 'preact'
import { Card } from './card.tsx'
import { CsvButton } from './csv-button.tsx'
import { EmptyNote } from './empty-note.tsx'
import { tableCsv, type TableModel } from './table-model.ts'
import { TableView } from './table-view.tsx'

interface Props<Row> {
  readonly title: string
  readonly note?: ComponentChildren
  readonly table: TableModel<Row>
  readonly file: string
  readonly wide?: boolean
  readonly maxHeight?: number
  /** Said where there are no rows. */
  readonly empty: string
}

export function TableCard<Row>({ title, note, table, file, wide, maxHeight, empty }: Props<Row>) {
  return (
    <Card title={title} note={note} wide={wide} actions={<CsvButton name={file} text={() => tableCsv(table)} />}>
      {table.rows.length === 0 ? <EmptyNote title={empty} /> : <TableView table={table} maxHeight={maxHeight} />}
    </Card>
  )
}
