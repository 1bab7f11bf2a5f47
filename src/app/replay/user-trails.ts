import { LRUCache } from 'lru-cache'
import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { HistoryReader } from './history-reader.ts'
import { UserReplay, type UserStep } from './user-replay.ts'

/** Steps kept of all users together, some 3 KB each. */
const MOST_STEPS = 10_000
/** Who has more steps is replayed anew at each request. */
const MOST_STEPS_OF_ONE = 5000
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

interface Trail {
  readonly partition: number
  readonly replay: UserReplay
  readonly steps: UserStep[]
}

/**
 * The steps of users who are asked about, replayed from the log. One replay runs at a time, so that requests for the past
 * cannot crowd out those for the present. The trails of the latest users stay, and go on from where they are.
 */
export class UserTrails {
  readonly #options: UserTrailsOptions
  readonly #histories = new Map<number, HistoryReader>()
  readonly #trails = new LRUCache<UserId, Trail>({
    maxSize: MOST_STEPS,
    sizeCalculation: ({ steps }) => 1 + steps.length,
  })
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: UserTrailsOptions) {
    this.#options = options
  }

  /**
   * Hands a user's steps to `use`, all of them in order. Throws LifecycleError `replay-too-long` when more would have to
   * be read than one request may, or too many wait, `no-history` when the log does not suffice.
   */
  with<Result>(
    userId: UserId,
    partition: number,
    use: (steps: AsyncIterable<UserStep>) => Promise<Result>,
  ): Promise<Result> {
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
      const trail = await this.#trailOf(userId, partition)
      return use(this.#follow(userId, trail))
    })
    this.#last = work.catch(() => {}).finally(() => this.#waiting--)
    return work
  }

  async #trailOf(userId: UserId, partition: number): Promise<Trail> {
    const { log, codecs, store, maxRecords } = this.#options
    const history = this.#histories.get(partition) ?? new HistoryReader(log, partition)
    this.#histories.set(partition, history)
    await history.follow()
    const held = this.#trails.get(userId)
    const trail =
      held?.partition === partition
        ? held
        : { partition, replay: new UserReplay({ log, codecs, history, userId, store: store() }), steps: [] }
    const records = history.meta.nextOffset - trail.replay.position
    if (records <= maxRecords) return trail
    throw new LifecycleError(
      'replay-too-long',
      `Cannot replay ${userId}: ${records} records of partition ${partition} would have to be read, more than the ` +
        `${maxRecords} of one request (api.maxReplayRecords); the commands state --at, why and diff have no bound`,
    )
  }

  async *#follow(userId: UserId, trail: Trail): AsyncGenerator<UserStep> {
    this.#trails.delete(userId)
    yield* trail.steps
    let isKept = true
    for await (const step of trail.replay.follow()) {
      // Nothing of the time before an erasure is kept.
      if (!step.state) trail.steps.length = 0
      isKept &&= trail.steps.length < MOST_STEPS_OF_ONE
      if (isKept) trail.steps.push(step)
      else trail.steps.length = 0
      yield step
    }
    if (isKept) this.#trails.set(userId, trail)
  }
}
