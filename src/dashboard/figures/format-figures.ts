const LOCALE = 'en'
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 })

/** What stands where there is no figure. */
export const NO_FIGURE = '–'

export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? NO_FIGURE : whole.format(count)
}

/** 12.3K where there is little room. */
export function formatCompact(count: number): string {
  return Math.abs(count) < 10_000 ? whole.format(count) : compact.format(count)
}

export function formatDecimal(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? NO_FIGURE : value.toFixed(digits)
}

/** A share as a percentage; small ones keep a digit. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NO_FIGURE
  const percent = share * 100
  if (percent > 0 && percent < 0.005) return '<0.01 %'
  if (percent < 100 && percent >= 99.95) return '>99.9 %'
  const digits = percent === 0 || percent === 100 ? 0 : percent < 1 ? 2 : 1
  return `${percent.toFixed(digits)} %`
}

/** 5.2–7.1 % */
export function formatShareRange(lower: number, upper: number): string {
  return `${formatShare(lower).replace(' %', '')}–${formatShare(upper)}`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`
}

/** The two largest units, 3 d 4 h; of ten and more the largest alone. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NO_FIGURE
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const parts: string[] = []
  let left = Math.round(seconds)
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2 || count >= 10) break
  }
  return parts.join(' ')
}
