/** Days as numbers yyyymmdd, both inclusive. */
export interface DateRange {
  readonly from: number
  readonly to: number
}

/** From two days yyyy-mm-dd, either of which may be open. Throws RangeError for a day that is none, or a range back. */
export function parseDateRange(from: string | undefined, to: string | undefined): DateRange {
  const range = {
    from: from === undefined ? 0 : parseDay('from', from),
    to: to === undefined ? Number.MAX_SAFE_INTEGER : parseDay('to', to),
  }
  if (range.from > range.to) throw new RangeError(`Cannot read from ${from} to ${to}: the range ends before it begins`)
  return range
}

function parseDay(name: string, day: string): number {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? []
  if (year === undefined) {
    throw new RangeError(`Cannot read ${name} ${JSON.stringify(day)}: it is not of the form yyyy-mm-dd`)
  }
  const time = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)))
  // Date.UTC takes 2022-02-30 for 2 March.
  if (time.getUTCMonth() !== Number(month) - 1 || time.getUTCDate() !== Number(date)) {
    throw new RangeError(`Cannot read ${name} ${day}: there is no such day`)
  }
  return Number(`${year}${month}${date}`)
}
