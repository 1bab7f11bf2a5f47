import type { TaskPosteriorRecord } from '../contracts/user-state-record.ts'

/** A change below this share of the earlier standard deviation is rounding. */
const LEAST_SIZE = 1e-9

/**
 * The task whose rate changed most, in standard deviations of its earlier posterior; null when none did. `among` are the
 * tasks that count, for example those of the stage rules.
 */
export function movingTask(
  before: readonly TaskPosteriorRecord[],
  after: readonly TaskPosteriorRecord[],
  among: readonly string[],
): string | null {
  let moving: string | null = null
  let largest = LEAST_SIZE
  for (const earlier of before) {
    if (!among.includes(earlier.task)) continue
    const later = after.find(({ task }) => task === earlier.task)
    if (!later) continue
    const { alpha, beta } = earlier
    const sum = alpha + beta
    const deviation = Math.sqrt((alpha * beta) / (sum * sum * (sum + 1)))
    const size = Math.abs(later.mean - earlier.mean) / deviation
    if (size > largest) {
      largest = size
      moving = earlier.task
    }
  }
  return moving
}
