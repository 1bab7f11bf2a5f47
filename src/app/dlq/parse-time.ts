const TIME = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/
const DAY_MS = 86_400_000

/**
 * Parser of a command-line option that takes a day or a time, UTC unless it names a zone; unix ms. Of a day the first
 * millisecond, or the last one where `end` is set.
 */
export function parseTime(option: string, end = false): (text: string) => number {
  return (text) => {
    const [, day, time, zone = 'Z'] = TIME.exec(text) ?? []
    const dayMs = day === undefined ? Number.NaN : Date.parse(`${day}T00:00Z`)
    // Date.parse takes the 31st of every month.
    const isDay = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(day)
    const timeMs = isDay ? Date.parse(`${day}${time ?? 'T00:00'}${zone}`) : Number.NaN
    if (Number.isNaN(timeMs)) {
      throw new RangeError(
        `Cannot use ${option} ${text}: write a day or a time, such as 2026-01-31 or 2026-01-31T08:00Z`,
      )
    }
    return end && time === undefined ? timeMs + DAY_MS - 1 : timeMs
  }
}
