import type { UserSnapshot } from '../../core/user-state/user-snapshot-codec.ts'
import type { HistoryStretch } from './history-reader.ts'

/** What is known of where in a partition's input a user has changed. */
export interface KnownChanges {
  /** Those that a replay can begin with, the oldest first. */
  readonly snapshots: readonly UserSnapshot[]
  /** Of all that there are, -1 for none. */
  readonly newestOrdinal: number
  readonly stretches: readonly HistoryStretch[]
  /** Input offset at which the tracker stands. */
  readonly end: number
}

/** Records of the input in which the user may have changed. */
export interface Reading {
  /** The snapshot to begin with; null goes on from the position. */
  readonly from: UserSnapshot | null
  /** The first offset that need not be read. */
  readonly to: number
}

/** What a replay that stands at a position has to read next to miss no change of the user; null for nothing. */
export function nextReading(known: KnownChanges, position: number): Reading | null {
  const { snapshots, end } = known
  const at = snapshots.findLastIndex(({ offset }) => offset <= position)
  const to = Math.min(quietAfter(known, at), end)
  if (position < to) return { from: null, to }
  const next = snapshots[at + 1]
  return next ? { from: next, to: Math.min(quietAfter(known, at + 1), end) } : null
}

/** Records that a replay from a position, or from a snapshot, to the end has to read. */
export function recordsToRead(known: KnownChanges, start: number | UserSnapshot): number {
  let position = typeof start === 'number' ? start : start.offset
  let records = 0
  for (;;) {
    const reading = nextReading(known, position)
    if (!reading) return records
    records += reading.to - (reading.from?.offset ?? position)
    position = reading.to
  }
}

/**
 * The input offset from which on nothing changes the user until the snapshot after that at an index, or until the end;
 * -1 is the index of the time before all of them. The first change in a period has a snapshot of its own, so it is the
 * end of the period; where snapshots in between are missing, or were not always kept alike, nothing is known.
 */
export function quietAfter(known: KnownChanges, index: number): number {
  const { snapshots, newestOrdinal, stretches, end } = known
  const [held, next] = [snapshots[index], snapshots[index + 1]]
  const until = next?.offset ?? end
  const nextOrdinal = next?.ordinal ?? newestOrdinal + 1
  if (!held) {
    if (next?.content.kind === 'unknown') return 0
    return nextOrdinal === 0 ? keptSince(stretches, until) : until
  }
  const everyRecords = periodOf(stretches, held.offset, until)
  if (nextOrdinal !== held.ordinal + 1 || everyRecords === 0) return until
  return Math.min(until, (Math.floor(held.offset / everyRecords) + 1) * everyRecords)
}

/** The offset from which on, up to another, the first change of any user got a snapshot. */
function keptSince(stretches: readonly HistoryStretch[], until: number): number {
  let since = until
  for (const { offset, settings } of stretches.toReversed()) {
    if (offset >= until) continue
    if (settings.snapshots.everyRecords === 0) break
    since = offset
  }
  return since
}

/** Records of a period from an offset on; 0 where periods change before `until`, or there are none. */
function periodOf(stretches: readonly HistoryStretch[], from: number, until: number): number {
  const first = stretches.findLastIndex(({ offset }) => offset <= from)
  const everyRecords = stretches[first]?.settings.snapshots.everyRecords ?? 0
  const later = stretches.slice(first + 1).filter(({ offset }) => offset < until)
  return later.every(({ settings }) => settings.snapshots.everyRecords === everyRecords) ? everyRecords : 0
}
