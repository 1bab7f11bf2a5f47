const DAY_MS = 86_400_000

export const SPANS = ['7 days', '30 days', '90 days', '365 days'] as const
export type Span = (typeof SPANS)[number]

/**
 * The whole UTC days of a span that ends with the day of `asOf`, as the API wants them. Null: the API's own choice
 * while it is not known which day it is.
 */
export function daysOf(span: Span, asOf: string | null): { readonly from: string; readonly to: string } | null {
  if (asOf === null) return null
  const lastDay = Math.floor(Date.parse(asOf) / DAY_MS)
  const firstDay = lastDay - Number.parseInt(span, 10) + 1
  return { from: new Date(firstDay * DAY_MS).toISOString(), to: new Date(lastDay * DAY_MS).toISOString() }
}
