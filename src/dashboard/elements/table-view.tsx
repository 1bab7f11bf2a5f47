import type { TableModel } from './table-model.ts'

interface Props<Row> {
  readonly table: TableModel<Row>
  readonly maxHeight?: number
}

/** A table that scrolls within its frame; its first column names the row. */
export function TableView<Row>({ table: { caption, columns, rows, keyOf }, maxHeight }: Props<Row>) {
  return (
    <div
      class="table-frame"
      tabIndex={0}
      role="region"
      aria-label={caption}
      style={{ maxHeight: maxHeight ? `${maxHeight}px` : undefined }}
    >
      <table>
        <caption class="hidden-text">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, isNumber }) => (
              <th key={label} scope="col" class={isNumber ? 'number' : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={keyOf?.(row) ?? i}>
              {columns.map(({ label, isNumber, isProse, cell, value }, c) => {
                const shown = cell ? cell(row) : value(row)
                return c === 0 ? (
                  <th key={label} scope="row" class={isNumber ? 'number' : undefined}>
                    {shown}
                  </th>
                ) : (
                  <td key={label} class={isNumber ? 'number' : isProse ? 'prose' : undefined}>
                    {shown}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
