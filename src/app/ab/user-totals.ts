export const TOTALS = ['impressions', 'clicks', 'stayMs', 'orders', 'activeDays', 'retained'] as const
export type Total = (typeof TOTALS)[number]

/** Per user (U) what was counted in one span of days. */
export type UserTotals = Readonly<Record<Total, Float64Array>>

export function emptyTotals(userCount: number): UserTotals {
  return Object.fromEntries(TOTALS.map((total) => [total, new Float64Array(userCount)])) as Record<Total, Float64Array>
}
