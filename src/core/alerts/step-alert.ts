import type { AlertRuleSettings, AlertSlot } from '../contracts/alert-settings.ts'

/** What a rule says of the present value: beyond its bound, below the lower one, or between the two. */
export type AlertLevel = 'breach' | 'between' | 'clear'

export function emptySlot(): AlertSlot {
  return { breaches: 0, clears: 0, startsAt: 0, lastFiredAt: 0 }
}

/**
 * Moves a subject's slot by one verdict and says whether the alert fired or was resolved. It fires after `fireAfter`
 * breaches in a row, not within `coolDownMs` of the last time, and only when it is not firing; it is resolved after
 * `clearAfter` all-clears in a row. A value between the bounds ends both rows. A breach that the cool-down holds back
 * fires with the first breach after it.
 */
export function stepAlert(
  slot: AlertSlot,
  level: AlertLevel,
  atMs: number,
  { fireAfter, clearAfter, coolDownMs }: Pick<AlertRuleSettings, 'fireAfter' | 'clearAfter' | 'coolDownMs'>,
): 'firing' | 'resolved' | null {
  slot.breaches = level === 'breach' ? Math.min(slot.breaches + 1, fireAfter) : 0
  slot.clears = level === 'clear' ? Math.min(slot.clears + 1, clearAfter) : 0
  if (slot.startsAt === 0) {
    const isQuiet = slot.lastFiredAt !== 0 && atMs < slot.lastFiredAt + coolDownMs
    if (slot.breaches < fireAfter || isQuiet) return null
    slot.startsAt = atMs
    slot.lastFiredAt = atMs
    return 'firing'
  }
  if (slot.clears < clearAfter) return null
  slot.startsAt = 0
  return 'resolved'
}
