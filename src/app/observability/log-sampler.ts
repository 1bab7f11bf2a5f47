/** Kinds of lines that are counted at the same time; beyond that all lines are written. */
const MAX_KINDS = 1000

interface Kind {
  readonly sinceMs: number
  written: number
  left: number
}

/** How many lines of a kind were left out in a window. */
export interface LeftOut<Line> {
  readonly line: Line
  readonly count: number
}

/** Lets the first lines of each kind through in every window, and counts the others. */
export class LogSampler<Line> {
  private readonly repeats: number
  private readonly windowMs: number
  private readonly kinds = new Map<string, Kind & { line: Line }>()

  constructor(repeats: number, windowMs: number) {
    this.repeats = repeats
    this.windowMs = windowMs
  }

  /** Whether a line is written. `line` stands for its kind in `leftOut`. */
  admit(kind: string, line: Line, nowMs: number): boolean {
    let held = this.kinds.get(kind)
    if (!held) {
      if (this.kinds.size >= MAX_KINDS) return true
      held = { sinceMs: nowMs, written: 0, left: 0, line }
      this.kinds.set(kind, held)
    }
    if (held.written < this.repeats) {
      held.written++
      return true
    }
    held.left++
    return false
  }

  /** Ends the windows that are over, and tells what was left out in them. */
  leftOut(nowMs: number): LeftOut<Line>[] {
    const counts: LeftOut<Line>[] = []
    for (const [kind, { sinceMs, left, line }] of this.kinds) {
      if (nowMs - sinceMs < this.windowMs) continue
      this.kinds.delete(kind)
      if (left > 0) counts.push({ line, count: left })
    }
    return counts
  }
}
