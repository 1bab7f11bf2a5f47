import { activityCountsOf } from '../../../core/lifecycle/activity-counts.ts'
import type { Stage } from '../../../core/contracts/stage.ts'
import type { StageTransition } from '../../../core/contracts/stage-transition.ts'
import { dayOf } from '../../../core/user-state/day-window.ts'
import type { CountChanges } from './count-table.ts'
import { type CountedUser, SPELL_UNIT_MS } from './counted-user.ts'

/** Names of the counts beside those of growth accounting. A day is the number of days since the epoch, UTC. */
export const lifecycleCount = {
  /** How many more users are in the stage at the end of a day than at its beginning. */
  stageChange: (stage: Stage, day: number): string => `stage/${stage}/${day}`,
  dormantChange: (day: number): string => `dormant/${day}`,
  /** Moves by evidence. */
  moved: (day: number, from: Stage, to: Stage): string => `moved/${day}/${from}/${to}`,
  wentDormant: (day: number, stage: Stage): string => `silent/${day}/${stage}`,
  cameBack: (day: number, stage: Stage): string => `back/${day}/${stage}`,
  /** Ended stays in a stage, by their length in units. */
  spell: (stage: Stage, units: number): string => `${lifecycleCount.spells(stage)}/${units}`,
  spells: (stage: Stage): string => `spell/${stage}`,
  /** Users in a stage since a unit of time. */
  ongoing: (stage: Stage, unit: number): string => `${lifecycleCount.ongoingSince(stage)}/${unit}`,
  ongoingSince: (stage: Stage): string => `since/${stage}`,
}

/** Adds what a transition counts, or with `sign` -1 takes it back. */
export function countTransition(changes: CountChanges, transition: StageTransition, sign: 1 | -1): void {
  const { from, to, reason, eventTime, heldForMs } = transition
  const day = dayOf(eventTime)
  switch (reason) {
    case 'evidence':
      changes.add(lifecycleCount.moved(day, from, to), sign)
      changes.add(lifecycleCount.stageChange(from, day), -sign)
      changes.add(lifecycleCount.stageChange(to, day), sign)
      changes.add(lifecycleCount.spell(from, Math.floor(heldForMs / SPELL_UNIT_MS)), sign)
      break
    case 'dormant':
      changes.add(lifecycleCount.wentDormant(day, to), sign)
      changes.add(lifecycleCount.dormantChange(day), sign)
      break
    case 'returned':
      changes.add(lifecycleCount.cameBack(day, to), sign)
      changes.add(lifecycleCount.dormantChange(day), -sign)
      break
  }
}

/** Counts what the latest state of a user says, in place of the one before. Everybody begins in the stage new. */
export function countUser(changes: CountChanges, before: CountedUser | null, after: CountedUser | null): void {
  for (const [user, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!user) continue
    changes.add(lifecycleCount.ongoing(user.stage, user.sinceUnit), sign)
    changes.add(lifecycleCount.stageChange('new', user.firstDay), sign)
  }
  const [old, now] = [before, after].map((user) => user?.days ?? [])
  // Days are only added, and all go at once.
  if (old.length !== now.length) countActivity(changes, old, now)
}

function countActivity(changes: CountChanges, before: readonly number[], after: readonly number[]): void {
  const old = activityCountsOf(before)
  const now = activityCountsOf(after)
  for (const name of old) if (!now.has(name)) changes.add(name, -1)
  for (const name of now) if (!old.has(name)) changes.add(name, 1)
}
