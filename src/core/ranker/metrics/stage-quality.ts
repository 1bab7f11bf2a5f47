import { STAGES } from '../../contracts/stage.ts'

/** One impression, as far as stages are judged by it. */
export interface StageRow {
  readonly userId: string
  readonly day: number
  /** Index in STAGES, at the impression. */
  readonly stage: number
  /** The user's click trials before it. */
  readonly trials: number
  /** Labels of the click, stay and conversion task; NaN where there was no trial. */
  readonly labels: readonly [click: number, stay: number, conversion: number]
}

/** What the next two days of a stage's users show; NaN where nobody came. */
export interface NextDays {
  readonly users: number
  readonly rows: number
  readonly click: number
  readonly stay: number
  readonly conversion: number
  /** Share of the users who come within the two days. */
  readonly returned: number
}

export interface StageQuality {
  /** Share of users by their stage at the end of a day, over all days, in the order of STAGES. */
  readonly share: readonly number[]
  /** The same among users with at least `minTrials`. */
  readonly shareWithEvidence: readonly number[]
  /** Of a stage's users (row), the share in each stage a day later. NaN where the stage is empty. */
  readonly transitions: readonly (readonly number[])[]
  /** All users, and those with at least `minTrials` click trials by then. */
  readonly nextDays: readonly NextDays[]
  readonly nextDaysWithEvidence: readonly NextDays[]
  readonly minTrials: number
  /** Share of each stage's users with fewer than `minTrials`. */
  readonly withoutEvidence: readonly number[]
}

interface Known {
  stage: number
  trials: number
}

/**
 * Stages judged by what comes after them. A user's stage at the end of a day is that of their latest impression so far;
 * users count from their first day on, on every day that has two days after it. Rows in the order of their days.
 */
export function stageQuality(rows: readonly StageRow[], minTrials: number): StageQuality {
  const days = [...new Set(rows.map(({ day }) => day))].sort((a, b) => a - b)
  const byDay = new Map(days.map((day) => [day, rows.filter((row) => row.day === day)]))
  const known = new Map<string, Known>()
  const counts = STAGES.map(() => 0)
  const thin = STAGES.map(() => 0)
  const moves = STAGES.map(() => STAGES.map(() => 0))
  const all = STAGES.map(() => new NextSums())
  const evident = STAGES.map(() => new NextSums())
  days.forEach((day, d) => {
    const before = d > 0 ? new Map([...known].map(([userId, { stage }]) => [userId, stage])) : null
    for (const { userId, stage, trials } of byDay.get(day)!) known.set(userId, { stage, trials: trials + 1 })
    if (before) for (const [userId, from] of before) moves[from][known.get(userId)!.stage]++
    if (d + 2 >= days.length) return
    const coming = groupByUser([...byDay.get(days[d + 1])!, ...byDay.get(days[d + 2])!])
    for (const [userId, { stage, trials }] of known) {
      counts[stage]++
      if (trials < minTrials) thin[stage]++
      all[stage].add(coming.get(userId))
      if (trials >= minTrials) evident[stage].add(coming.get(userId))
    }
  })
  return {
    share: sharesOf(counts),
    shareWithEvidence: sharesOf(counts.map((count, stage) => count - thin[stage])),
    transitions: moves.map(sharesOf),
    nextDays: all.map((sums) => sums.result()),
    nextDaysWithEvidence: evident.map((sums) => sums.result()),
    minTrials,
    withoutEvidence: thin.map((count, stage) => count / counts[stage]),
  }
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / total)
}

class NextSums {
  private users = 0
  private came = 0
  private rows = 0
  private readonly sums = [0, 0, 0]
  private readonly labels = [0, 0, 0]

  add(coming: readonly StageRow[] | undefined): void {
    this.users++
    if (!coming) return
    this.came++
    for (const row of coming) {
      this.rows++
      row.labels.forEach((label, k) => {
        if (Number.isNaN(label)) return
        this.sums[k] += label >= 0.5 ? 1 : 0
        this.labels[k]++
      })
    }
  }

  result(): NextDays {
    const { users, rows, sums, labels } = this
    const [click, stay, conversion] = sums.map((sum, k) => sum / labels[k])
    return { users, rows, click, stay, conversion, returned: this.came / users }
  }
}

function groupByUser(rows: readonly StageRow[]): ReadonlyMap<string, StageRow[]> {
  const groups = new Map<string, StageRow[]>()
  for (const row of rows) {
    const held = groups.get(row.userId)
    if (held) held.push(row)
    else groups.set(row.userId, [row])
  }
  return groups
}
