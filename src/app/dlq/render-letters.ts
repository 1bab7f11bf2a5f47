import { textTable } from '../report/text-table.ts'
import { positionText } from './letter-position.ts'
import type { StoredLetter } from './letters.ts'
import { printable } from './printable.ts'

const COLUMNS = ['position', 'time', 'attempt', 'replayed', 'cause', 'field', 'origin', 'reason'] as const

/** One line a letter, under a head. The longest column comes last. */
export function renderLetters(letters: readonly StoredLetter[]): string[] {
  const rows = letters.map((stored) => {
    const { time, attempt, replayed, cause, field, origin, reason } = summaryOf(stored)
    const cells = [positionText(stored), time ?? '–', `${attempt}`, replayed ?? '–', cause, field, origin, reason]
    return cells.map(printable)
  })
  return textTable([[...COLUMNS], ...rows], COLUMNS.length)
}

/** What `list` tells of a letter, for a program. */
export function summaryOf({ partition, offset, timestamp, attempt, replayedMs, letter }: StoredLetter) {
  const { cause, field, origin, reason } = letter
  const replayed = replayedMs === null ? null : isoTime(replayedMs)
  // A line of a file has no time.
  const time = timestamp === 0 ? null : isoTime(timestamp)
  return { partition, offset, time, attempt, replayed, cause, field, origin, reason }
}

/** Times come from outside; a Date ends at 8.64e15 ms. */
export function isoTime(timeMs: number): string {
  const date = new Date(timeMs)
  return Number.isNaN(date.getTime()) ? `${timeMs} ms` : date.toISOString()
}
