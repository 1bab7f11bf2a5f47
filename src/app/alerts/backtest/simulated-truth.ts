import type { LifecycleAlert, UserAlertKind } from '../../../core/contracts/lifecycle-alert.ts'
import type { World as SimulatedWorld } from '../../../core/simulator/world.ts'
import { DAY_MS } from '../../../core/simulator/world.ts'
import { type TrueLife, trueLifeOf } from '../../../core/simulator/true-life-of.ts'

/** A posterior needs days to follow the hidden stage: an alert may be so much later than what it tells of. */
const DELAY_DAYS = 14
/** Shorter absences are within what users do anyway. */
const MIN_AWAY_DAYS = 7
/** A stage is left for good when the user is not back within so many days, and had been held as long before. */
const MIN_HELD_DAYS = 3

export interface Judgement {
  /** Alerts whose claim the hidden life bears out, of those that fired. */
  readonly right: number
  readonly fired: number
  /** Changes of the hidden life that an alert told of, of those that there were. */
  readonly told: number
  readonly changes: number
}

/** How the alerts of one rule compare with the simulator's hidden lives. Times and days count from the world's start. */
export class SimulatedTruth {
  private readonly world: SimulatedWorld
  private readonly lives = new Map<string, TrueLife>()
  private readonly lastDay: number
  private readonly fromMs: number
  private readonly toMs: number

  /** Changes are counted from `fromMs` to `toMs`, unix ms; the latest DELAY_DAYS may still be told of and are left out. */
  constructor(world: SimulatedWorld, users: readonly string[], untilMs: number, fromMs: number, toMs: number) {
    this.world = world
    this.lastDay = this.dayOf(untilMs)
    this.fromMs = fromMs
    this.toMs = toMs
    for (const userId of users) this.lives.set(userId, trueLifeOf(world, userId, this.lastDay))
  }

  judge(kind: UserAlertKind, fired: readonly LifecycleAlert[], stalledAfterDays: number): Judgement {
    const days = new Map<string, number[]>()
    for (const { subject, startsAt } of fired) {
      days.set(subject, [...(days.get(subject) ?? []), this.dayOf(startsAt)])
    }
    const right = fired.filter(({ subject, startsAt }) => this.isRight(kind, subject, this.dayOf(startsAt))).length
    let told = 0
    let changes = 0
    for (const [userId, life] of this.lives) {
      for (const { first, last } of changesOf(kind, life, stalledAfterDays)) {
        if (!this.isCounted(first, last)) continue
        changes++
        if (days.get(userId)?.some((day) => day >= first && day <= last)) told++
      }
    }
    return { right, fired: fired.length, told, changes }
  }

  private isRight(kind: UserAlertKind, userId: string, day: number): boolean {
    const life = this.lives.get(userId)
    if (!life) return false
    const at = day - life.arrivalDay
    const before = (values: readonly unknown[], wanted: unknown): boolean =>
      values.slice(Math.max(0, at - DELAY_DAYS), at + 1).includes(wanted)
    switch (kind) {
      case 'left-loyal':
        return life.stages[at] !== 'loyal' && before(life.stages, 'loyal')
      case 'went-dormant':
        return !life.present[at]
      case 'returned':
        return life.present[at] && before(life.present, false)
      case 'onboarding-stalled':
        return life.stages.slice(0, at + 1).every((stage) => stage === 'new')
    }
  }

  private isCounted(first: number, last: number): boolean {
    const startMs = this.world.settings.startTimeMs + first * DAY_MS
    return startMs >= this.fromMs && startMs <= this.toMs && last <= this.lastDay
  }

  private dayOf(timeMs: number): number {
    return Math.floor((timeMs - this.world.settings.startTimeMs) / DAY_MS)
  }
}

/** Days of the world within which an alert tells of a change of this life. */
function changesOf(kind: UserAlertKind, life: TrueLife, stalledAfterDays: number): { first: number; last: number }[] {
  const { arrivalDay, stages, present } = life
  const changes: { first: number; last: number }[] = []
  const add = (first: number, last: number): void =>
    void changes.push({ first: first + arrivalDay, last: last + arrivalDay })
  if (kind === 'onboarding-stalled') {
    // Those that are there from the start had a life before it.
    const days = Math.ceil(stalledAfterDays)
    if (arrivalDay > 0 && stages.length > days && stages.slice(0, days + 1).every((stage) => stage === 'new')) {
      add(days, days + DELAY_DAYS)
    }
    return changes
  }
  if (kind === 'left-loyal') {
    for (let day = MIN_HELD_DAYS; day + MIN_HELD_DAYS <= stages.length; day++) {
      const wasHeld = stages.slice(day - MIN_HELD_DAYS, day).every((stage) => stage === 'loyal')
      if (wasHeld && stages.slice(day, day + MIN_HELD_DAYS).every((stage) => stage !== 'loyal'))
        add(day, day + DELAY_DAYS)
    }
    return changes
  }
  for (let day = 1; day < present.length; day++) {
    if (present[day] || !present[day - 1]) continue
    let end = day
    while (end < present.length && !present[end]) end++
    if (end - day < MIN_AWAY_DAYS) continue
    const isValued = stages[day - 1] === 'loyal' || stages[day - 1] === 'stick'
    if (kind === 'went-dormant' && isValued) add(day, end)
    if (kind === 'returned' && end < present.length) add(end, end + MIN_AWAY_DAYS)
  }
  return changes
}
