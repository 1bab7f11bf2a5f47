import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ChartCanvas, type ChartChoice } from '../charts/chart-canvas.tsx'
import type { ChartOption } from '../charts/echarts-parts.ts'
import { Card } from './card.tsx'
import { CsvButton } from './csv-button.tsx'
import { Icon } from './icon.tsx'
import { tableCsv, type TableModel } from './table-model.ts'
import { TableView } from './table-view.tsx'

interface Props<Row> {
  readonly title: string
  readonly note?: ComponentChildren
  readonly option: ChartOption
  readonly height?: number
  readonly summary: string
  /** The same figures as a table, and as CSV. */
  readonly table: TableModel<Row>
  /** Name of the CSV file. */
  readonly file: string
  readonly wide?: boolean
  readonly actions?: ComponentChildren
  readonly onChoose?: (choice: ChartChoice) => void
  readonly children?: ComponentChildren
}

/** A chart that can be read as a table and saved. */
export function ChartCard<Row>(props: Props<Row>) {
  const { title, note, option, height = 280, summary, table, file, wide, actions, onChoose, children } = props
  const [isTable, setTable] = useState(false)
  const buttons = (
    <>
      {actions}
      <button type="button" class="quiet-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
        <Icon name="table" />
        Table<span class="hidden-text"> of {title}</span>
      </button>
      <CsvButton name={file} text={() => tableCsv(table)} />
    </>
  )
  return (
    <Card title={title} note={note} actions={buttons} wide={wide}>
      {isTable ? (
        <TableView table={table} maxHeight={height} />
      ) : (
        <ChartCanvas option={option} height={height} summary={summary} onChoose={onChoose} />
      )}
      {children}
    </Card>
  )
}
