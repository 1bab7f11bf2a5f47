import type { RestoreProgress } from '../tracker/restore-store.ts'
import type { WorldLogger } from '../wire.ts'

const EVERY_MS = 2000

interface Restore {
  remaining: number
  readonly fromOffset: number
  readonly startedMs: number
  loggedMs: number
}

/** Log lines of the restores under way, with rate and time left. */
export class RestoreProgressLog {
  private readonly logger: WorldLogger
  private readonly restores = new Map<number, Restore>()

  constructor(logger: WorldLogger) {
    this.logger = logger
  }

  /** By partition under restore: records still to come. */
  remaining(): ReadonlyMap<number, number> {
    return new Map([...this.restores].map(([partition, { remaining }]) => [partition, remaining]))
  }

  add({ partition, offset, end }: RestoreProgress, nowMs: number): void {
    const restore = this.restores.get(partition)
    if (offset >= end) {
      this.restores.delete(partition)
      if (restore) this.log(restore, partition, offset, end, nowMs)
      return
    }
    if (!restore) {
      this.restores.set(partition, { remaining: end - offset, fromOffset: offset, startedMs: nowMs, loggedMs: nowMs })
      return
    }
    restore.remaining = end - offset
    if (nowMs - restore.loggedMs >= EVERY_MS) {
      restore.loggedMs = nowMs
      this.log(restore, partition, offset, end, nowMs)
    }
  }

  private log({ fromOffset, startedMs }: Restore, partition: number, offset: number, end: number, nowMs: number): void {
    const seconds = Math.max(0.001, (nowMs - startedMs) / 1000)
    const recordsPerSecond = Math.round((offset - fromOffset) / seconds)
    const remaining = end - offset
    const secondsLeft = recordsPerSecond > 0 ? Math.ceil(remaining / recordsPerSecond) : null
    this.logger.info(
      { partition, offset, remaining, recordsPerSecond, secondsLeft },
      'restoring state from the changelog',
    )
  }
}
