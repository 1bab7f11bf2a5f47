import TinyQueue from 'tinyqueue'
import type { EventId, UserId } from '../../core/contracts/ids.ts'
import type { StoreEntry } from '../../io/store/state-store.ts'
import { type Timer, timerKey } from './state-keys.ts'

interface SliceTimer extends Timer {
  /** In the store since an earlier slice. */
  readonly stored: boolean
  fired: boolean
}

const EMPTY = new Uint8Array(0)

/** Timers of one slice: those loaded because they come due in it, and those it sets. */
export class SliceTimers {
  private queue = new TinyQueue<SliceTimer>([], compareTimers)
  private set: SliceTimer[] = []
  private fired: SliceTimer[] = []
  /** Latest event time of the slice: what is due later waits in the store. */
  private untilMs = 0

  begin(stored: readonly Timer[], untilMs: number): void {
    this.untilMs = untilMs
    for (const { due, userId, impressionId } of stored) {
      this.queue.push({ due, userId, impressionId, stored: true, fired: false })
    }
  }

  add(due: number, userId: UserId, impressionId: EventId | null): void {
    const timer: SliceTimer = { due, userId, impressionId, stored: false, fired: false }
    this.set.push(timer)
    if (due <= this.untilMs) this.queue.push(timer)
  }

  /** Next timer due at or before a stream time, or null. A timer that was set twice fires once. */
  next(streamTimeMs: number): Timer | null {
    const first = this.queue.peek()
    if (!first || first.due > streamTimeMs) return null
    for (let next: SliceTimer | undefined = first; next && compareTimers(first, next) === 0; next = this.queue.peek()) {
      this.queue.pop()
      next.fired = true
      // One that was set in this slice never reaches the store.
      if (next.stored) this.fired.push(next)
    }
    return first
  }

  /** What the slice set or used up, as store entries. */
  entries(): StoreEntry[] {
    const entries: StoreEntry[] = []
    for (const timer of this.fired) entries.push({ key: timerKey(timer), value: null })
    for (const timer of this.set) if (!timer.fired) entries.push({ key: timerKey(timer), value: EMPTY })
    return entries
  }

  clear(): void {
    this.queue = new TinyQueue<SliceTimer>([], compareTimers)
    this.set = []
    this.fired = []
  }
}

/** Timers fire in this order, wherever they were set. */
function compareTimers(a: Timer, b: Timer): number {
  if (a.due !== b.due) return a.due - b.due
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1
  const first = a.impressionId ?? ''
  const second = b.impressionId ?? ''
  return first < second ? -1 : first > second ? 1 : 0
}
