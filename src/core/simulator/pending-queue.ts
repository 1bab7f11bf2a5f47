/** Something that will happen: the start of a session, or an interaction that is already decided. */
export interface PendingEvent {
  readonly timeMs: number
  /** Order of creation; decides between equal times. */
  readonly sequence: number
  /** -1 for the start of a session, else the index of the interaction's type in EVENT_TYPES. */
  readonly type: number
  /** Index of the user. */
  readonly user: number
  /** Index of the item; for a session its key among the user's sessions. */
  readonly item: number
  /** Index in TABS. */
  readonly tab: number
  /** Number of the event among the user's events. */
  readonly number: number
  /** Number of the impression an outcome belongs to; -1 for an impression. */
  readonly impression: number
  readonly value: number
}

export const SESSION_START = -1

function isBefore(first: PendingEvent, second: PendingEvent): boolean {
  return first.timeMs < second.timeMs || (first.timeMs === second.timeMs && first.sequence < second.sequence)
}

/** Adds to a binary heap whose first element is the earliest. */
export function pushPending(heap: PendingEvent[], event: PendingEvent): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(event, heap[parent])) break
    heap[at] = heap[parent]
    at = parent
  }
  heap[at] = event
}

/** Takes the earliest event off the heap, which must not be empty. */
export function popPending(heap: PendingEvent[]): PendingEvent {
  const first = heap[0]
  const last = heap.pop()!
  const count = heap.length
  if (count === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= count) break
    if (child + 1 < count && isBefore(heap[child + 1], heap[child])) child++
    if (!isBefore(heap[child], last)) break
    heap[at] = heap[child]
    at = child
  }
  heap[at] = last
  return first
}
