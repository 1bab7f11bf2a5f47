/**
 * Exact sliding window in day buckets: per task the trials, the successes and the two sums that Algorithm 1 needs.
 * method.md section 4, "Exact 30-day window": with n samples, S0 = sum p, S1 = sum c p and C1 = sum c, dropping the
 * first m samples renumbers the rest, so S1' = S1 - m S0 and C1' = C1 - m n over the buckets that stay.
 *
 * A bucket stores S1 with the ordinals counted inside the bucket (1 .. n); a bucket behind m earlier samples then
 * contributes S1 + m S0, so that expiry never rewrites the buckets that stay. Ordinals inside a bucket are
 * contiguous, so C1 needs no storage.
 */
export const DAY_MS = 86_400_000

/** One day of one user. Arrays have shape (T). */
export interface DayBucket {
  /** Days since the epoch, UTC. */
  readonly day: number
  readonly trials: number[]
  readonly successes: number[]
  /** Sum of p, and sum of ordinal x p; kept in single precision, the size of a stored state matters. */
  readonly evidence: number[]
  readonly ordinalEvidence: number[]
}

export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}

/** Bucket of a day, made when it is missing; null when the day lies before the window that `newestDay` ends. */
export function bucketFor(buckets: DayBucket[], day: number, newestDay: number, windowDays: number, taskCount: number) {
  if (day <= newestDay - windowDays) return null
  let at = buckets.length
  while (at > 0 && buckets[at - 1].day > day) at--
  if (at > 0 && buckets[at - 1].day === day) return buckets[at - 1]
  const bucket: DayBucket = {
    day,
    trials: zeros(taskCount),
    successes: zeros(taskCount),
    evidence: zeros(taskCount),
    ordinalEvidence: zeros(taskCount),
  }
  buckets.splice(at, 0, bucket)
  return bucket
}

/** Counts a trial of a task with Algorithm 1's sample p in [0,1]; returns its ordinal inside the bucket. */
export function addTrial(bucket: DayBucket, task: number, sample: number): number {
  const ordinal = ++bucket.trials[task]
  bucket.evidence[task] = Math.fround(bucket.evidence[task] + sample)
  bucket.ordinalEvidence[task] = Math.fround(bucket.ordinalEvidence[task] + ordinal * sample)
  return ordinal
}

/** Turns an earlier trial into a success; with observed evidence its sample goes from 0 to 1. */
export function addSuccess(bucket: DayBucket, task: number, ordinal: number, observed: boolean): void {
  bucket.successes[task]++
  if (!observed) return
  bucket.evidence[task] = Math.fround(bucket.evidence[task] + 1)
  bucket.ordinalEvidence[task] = Math.fround(bucket.ordinalEvidence[task] + ordinal)
}

/** Drops the buckets that left the window; returns whether there were any. */
export function expireDays(buckets: DayBucket[], newestDay: number, windowDays: number): boolean {
  let expired = 0
  while (expired < buckets.length && buckets[expired].day <= newestDay - windowDays) expired++
  if (expired > 0) buckets.splice(0, expired)
  return expired > 0
}

/** Sums of the days before the newest one; arrays have shape (T). The ordinals of `ordinalEvidence` run over all days. */
export interface OlderDays {
  readonly trials: readonly number[]
  readonly successes: readonly number[]
  readonly evidence: readonly number[]
  readonly ordinalEvidence: readonly number[]
}

/**
 * Sums over all buckets but the last. They change only when a day begins or ends or a late outcome comes, so the caller
 * keeps them; adding the last bucket to them gives the same bits as adding all buckets up in order.
 */
export function sumOlderDays(buckets: readonly DayBucket[], taskCount: number): OlderDays {
  const sums = {
    trials: zeros(taskCount),
    successes: zeros(taskCount),
    evidence: zeros(taskCount),
    ordinalEvidence: zeros(taskCount),
  }
  for (let b = 0; b < buckets.length - 1; b++) {
    const bucket = buckets[b]
    for (let task = 0; task < taskCount; task++) {
      sums.ordinalEvidence[task] += sums.trials[task] * bucket.evidence[task] + bucket.ordinalEvidence[task]
      sums.evidence[task] += bucket.evidence[task]
      sums.trials[task] += bucket.trials[task]
      sums.successes[task] += bucket.successes[task]
    }
  }
  return sums
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0)
}

/** Days with a bucket, as UserStateRecord.activeDays counts them. */
const MASK_DAYS = 31

export function activeDaysMask(buckets: readonly DayBucket[], newestDay: number): number {
  let mask = 0
  for (const { day } of buckets) {
    const back = newestDay - day
    if (back >= 0 && back < MASK_DAYS) mask |= 1 << back
  }
  return mask
}
