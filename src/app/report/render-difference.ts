import type { FieldDifference } from '../replay/first-field.ts'
import { textTable } from './text-table.ts'

const WIDEST = 60

/** Fields that differ between two times, both values beside each other. */
export function renderDifferences(user: string, from: number, to: number, fields: readonly FieldDifference[]): string {
  const span = `user ${user} from ${iso(from)} to ${iso(to)}`
  if (fields.length === 0) return `${span}: nothing differs`
  const rows = fields.map(({ field, found, replayed }) => [field, valueText(field, found), valueText(field, replayed)])
  return [`${span}: ${fields.length} fields differ`, ...textTable([['field', 'then', 'later'], ...rows], 3)].join('\n')
}

function valueText(field: string, value: unknown): string {
  if (value === undefined) return '-'
  if (typeof value === 'number' && /(^|[a-z])(since|Time)$/i.test(field) && value > 0) return iso(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > WIDEST ? `${text.slice(0, WIDEST)}…` : text
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
