const DAY_MS = 86_400_000

export const SPANS = ['7 days', '30 days', '90 days', 'all'] as const
export type Span = (typeof SPANS)[number]

/**
 * The whole UTC days of a span that ends with the day of `asOf`, as the API wants them. Null: the API's own choice while it is not known
 * which day it is.
 */
export function daysOf(span: Span, asOf: string | null): { readonly from: string; readonly to: string } | null {
  if (asOf === null) return null
  const endMs = (Math.floor(Date.parse(asOf) / DAY_MS) + 1) * DAY_MS
  const fromMs = span === 'all' ? 0 : endMs - Number.parseInt(span, 10) * DAY_MS
  return { from: new Date(fromMs).toISOString(), to: new Date(endMs).toISOString() }
}
