/** Rows of a table with columns as wide as their content; the first `leftCount` columns begin at the left. */
export function textTable(rows: readonly (readonly string[])[], leftCount = 1): string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    row.forEach((cell, column) => (all[column] = Math.max(all[column] ?? 0, cell.length)))
    return all
  }, [])
  return rows.map((row) =>
    row
      .map((cell, column) => (column < leftCount ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('   ')
      .trimEnd(),
  )
}
