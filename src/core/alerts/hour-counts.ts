const HOUR_MS = 3_600_000

/** Two counts of each hour, [all, those that are bad], by the hour's number since 1970. Plain JSON. */
export type HourCounts = Record<string, [all: number, bad: number]>

export function countHour(counts: HourCounts, timeMs: number, all: number, bad: number): void {
  const held = (counts[Math.floor(timeMs / HOUR_MS)] ??= [0, 0])
  held[0] += all
  held[1] += bad
}

/** Takes the hours out that had ended so long before `timeMs`, the oldest first. */
export function takeClosedHours(
  counts: HourCounts,
  timeMs: number,
  graceMs: number,
): { readonly endMs: number; readonly all: number; readonly bad: number }[] {
  const closed = Object.keys(counts)
    .map(Number)
    .filter((hour) => (hour + 1) * HOUR_MS + graceMs <= timeMs)
    .sort((a, b) => a - b)
  return closed.map((hour) => {
    const [all, bad] = counts[hour]
    delete counts[hour]
    return { endMs: (hour + 1) * HOUR_MS, all, bad }
  })
}
