import { LRUCache } from 'lru-cache'
import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { HistoryReader } from './history-reader.ts'
import { UserPast } from './user-past.ts'

/** Steps kept of all users together, some 3 KB each. */
const MOST_STEPS = 10_000
/** Requests that wait for the one under way. */
const MOST_WAITING = 16

export interface UserTrailsOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  /** Opens an empty store for one user. */
  readonly store: () => StateStore
  /** Input records that one request may read. */
  readonly maxRecords: number
}

/**
 * The pasts of users who are asked about, replayed from the log. One replay runs at a time, so that requests for the past
 * cannot crowd out those for the present. Those of the latest users stay, and go on from where they are.
 */
export class UserTrails {
  readonly #options: UserTrailsOptions
  readonly #histories = new Map<number, HistoryReader>()
  readonly #pasts = new LRUCache<UserId, { readonly partition: number; readonly past: UserPast }>({
    maxSize: MOST_STEPS,
    sizeCalculation: ({ past }) => past.size,
  })
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: UserTrailsOptions) {
    this.#options = options
  }

  /** Hands a user's past to `use`. Throws LifecycleError `replay-too-long` when too many wait, and as the past does. */
  with<Result>(userId: UserId, partition: number, use: (past: UserPast) => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MOST_WAITING) {
      throw new LifecycleError(
        'replay-too-long',
        `Cannot replay ${userId} now: ${this.#waiting} replays wait already`,
        {
          retryable: true,
        },
      )
    }
    this.#waiting++
    const work = this.#last.then(async () => {
      const past = this.#pastOf(userId, partition)
      // Its size changes, and after a failure it is opened anew.
      this.#pasts.delete(userId)
      const result = await use(past)
      this.#pasts.set(userId, { partition, past })
      return result
    })
    this.#last = work.catch(() => {}).finally(() => this.#waiting--)
    return work
  }

  /** Drops what is in memory of a user. */
  forget(userId: UserId): void {
    this.#pasts.delete(userId)
  }

  #pastOf(userId: UserId, partition: number): UserPast {
    const held = this.#pasts.get(userId)
    if (held?.partition === partition) return held.past
    const { log } = this.#options
    const history = this.#histories.get(partition) ?? new HistoryReader(log, partition)
    this.#histories.set(partition, history)
    return new UserPast({ ...this.#options, history, userId })
  }
}
