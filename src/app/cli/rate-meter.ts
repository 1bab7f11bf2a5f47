const WINDOW_MS = 5000

/** Rate of a growing count over the last few seconds. */
export class RateMeter {
  private readonly points: { readonly timeMs: number; readonly count: number }[] = []

  /** Takes the count at a time in; returns its growth per second, 0 for the first call. */
  rate(count: number, timeMs: number): number {
    this.points.push({ timeMs, count })
    while (this.points.length > 2 && timeMs - this.points[0].timeMs > WINDOW_MS) this.points.shift()
    const [first] = this.points
    return timeMs > first.timeMs ? ((count - first.count) * 1000) / (timeMs - first.timeMs) : 0
  }
}
