import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { UserSnapshot } from '../../core/user-state/user-snapshot-codec.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import type { HistoryReader } from './history-reader.ts'
import { type KnownChanges, quietAfter, recordsToRead } from './next-reading.ts'
import { StoredUser } from './stored-user.ts'
import { UserReplay, type UserStep } from './user-replay.ts'

/** Who has more steps is replayed anew at each request. */
const MOST_STEPS = 5000
/** Of one step in memory. */
const STEP_BYTES = 3000

export interface UserPastOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly history: HistoryReader
  readonly userId: UserId
  /** Opens an empty store for one user. */
  readonly store: () => StateStore
  /** Input records that one question may read. Default any number. */
  readonly maxRecords?: number
}

/** What was read for one question. */
export interface PastReading {
  /** Input records. */
  readonly records: number
  /** Input offset of the snapshot that it began with; null for the partition's first record. */
  readonly fromOffset: number | null
}

/** All steps of a user, with those that have been replayed. */
interface Trail {
  readonly replay: UserReplay
  readonly from: UserSnapshot | null
  readonly steps: UserStep[]
  isKept: boolean
}

/**
 * The steps of one user, replayed from the nearest snapshots. Nobody else is in memory: the snapshots come from one pass
 * over the partition's changelog. The steps stay, up to a number, and later questions go on from where they are.
 */
export class UserPast {
  readonly #options: UserPastOptions
  readonly #stored: StoredUser
  #trail: Trail | null = null
  #inputStart = 0
  #readings: PastReading[] = []

  constructor(options: UserPastOptions) {
    this.#options = options
    this.#stored = new StoredUser(options.userId)
  }

  /** Whether the user is known no more: no step is told. */
  get isErased(): boolean {
    return this.#stored.presence === 'erased'
  }

  /** Time of the first change that `steps` tells, unix ms, where the log has lost what an exact replay of earlier ones needs. */
  get since(): number | null {
    const from = this.#trail?.from
    return from && from.content.kind !== 'unknown' ? from.changeTime : null
  }

  /** What the last question has read. */
  get readings(): readonly PastReading[] {
    return this.#readings
  }

  /** About what it holds in memory, in steps. */
  get size(): number {
    return 1 + (this.#trail?.steps.length ?? 0) + Math.ceil(this.#stored.bytes / STEP_BYTES)
  }

  /**
   * All steps, in order, as far back as the log suffices. Throws LifecycleError `replay-too-long` when more would have to
   * be read than one question may, `no-history` when the log does not suffice.
   */
  async *steps(): AsyncGenerator<UserStep> {
    if (await this.#catchUp()) yield* this.#allSteps()
  }

  /**
   * Steps enough to tell the state at each of some stream times, unix ms, in order: the last one up to each time is among
   * them, and before the first one of all at least that. Throws as `steps` does.
   */
  async *stepsAt(times: readonly number[]): AsyncGenerator<UserStep> {
    if (!(await this.#catchUp())) return
    const known = this.#known()
    const whole = this.#recordsOfTrail(known)
    const parts = this.#partsAt(known, times)
    const records = parts?.reduce((sum, part) => sum + part.records, 0) ?? Infinity
    // What follows may be asked for later, and costs nothing.
    if (!parts || whole <= records) return yield* this.#allSteps()
    this.#requireFew(records)
    for (const { from, untilMs } of parts) {
      const replay = new UserReplay({ ...this.#options, from })
      yield* replay.follow(known, untilMs)
      this.#readings.push({ records: replay.recordsRead, fromOffset: from.offset })
    }
  }

  async *#allSteps(): AsyncGenerator<UserStep> {
    const known = this.#known()
    this.#requireFew(this.#recordsOfTrail(known))
    const trail = this.#trail ?? this.#newTrail(known)
    const { from, replay, steps } = trail
    // One that is left in the middle is not gone on with.
    this.#trail = null
    const before = replay.recordsRead
    yield* steps
    for await (const step of replay.follow(known)) {
      // Nothing of the time before an erasure is kept.
      if (!step.state) steps.length = 0
      trail.isKept &&= steps.length < MOST_STEPS
      if (trail.isKept) steps.push(step)
      else steps.length = 0
      yield step
    }
    this.#readings.push({ records: replay.recordsRead - before, fromOffset: from?.offset ?? null })
    this.#trail = trail
  }

  /** Reads what the changelog says by now. False when the user is not known. */
  async #catchUp(): Promise<boolean> {
    const { log, history } = this.#options
    const stored = this.#stored
    this.#readings = []
    // Twice: compaction may have taken a value from before the reader while its successor was behind the end.
    for (let pass = 0; pass < 2; pass++) {
      const isTogether = stored.position === history.position
      await history.follow((records) => {
        if (isTogether) stored.add(records)
      })
      if (isTogether) stored.position = history.position
      else await stored.follow(log, history.partition, history.position)
    }
    this.#inputStart = await log.startOffset(TOPICS.interactions, history.partition)
    const isKnown = stored.presence === 'present'
    const [first] = this.#known().snapshots
    // A trail that was not kept, or is of a user who has been erased since and come back, is of no use.
    const begunAnew = first?.content.kind === 'unknown' && first.offset > (this.#trail?.replay.position ?? Infinity)
    if (!isKnown || begunAnew || this.#trail?.isKept === false) this.#trail = null
    return isKnown
  }

  /** What a replay can begin with: of older snapshots the input is gone. */
  #known(): KnownChanges {
    const { history } = this.#options
    const { snapshots, newestOrdinal } = this.#stored
    return {
      snapshots: snapshots.filter(({ offset, content }) => offset >= this.#inputStart && content.kind !== 'left-out'),
      newestOrdinal,
      stretches: history.knownStretches(),
      end: history.meta.nextOffset,
    }
  }

  #newTrail(known: KnownChanges): Trail {
    const from = this.#firstOf(known)
    return { replay: new UserReplay({ ...this.#options, from }), from, steps: [], isKept: true }
  }

  /** Records that all steps have yet to read. */
  #recordsOfTrail(known: KnownChanges): number {
    const position = this.#trail?.replay.position
    if (position !== undefined && position !== null) return recordsToRead(known, position)
    return recordsToRead(known, this.#firstOf(known) ?? known.stretches[0]?.offset ?? 0)
  }

  /** The snapshot that all steps begin with; null for the partition's first record. Throws `no-history`. */
  #firstOf({ snapshots }: KnownChanges): UserSnapshot | null {
    const [first] = snapshots
    if (first?.content.kind === 'unknown') return first
    const lost = this.#lostBeginning()
    if (!lost) return null
    if (first) return first
    throw lost
  }

  /** Why a replay cannot begin with the partition's first record; null when it can. */
  #lostBeginning(): LifecycleError | null {
    const { history } = this.#options
    try {
      const [first] = history.stretches()
      if (!first || first.offset >= this.#inputStart) return null
      return new LifecycleError(
        'no-history',
        `Cannot replay partition ${history.partition} of ${TOPICS.interactions} from offset ${first.offset}: ` +
          `retention has taken the records before ${this.#inputStart}`,
      )
    } catch (error) {
      if (error instanceof LifecycleError && error.code === 'no-history') return error
      throw error
    }
  }

  /** The snapshots to begin with for some times, ascending, each with how far to go; null where one needs all steps. */
  #partsAt(known: KnownChanges, times: readonly number[]) {
    const { snapshots } = known
    const untilOf = new Map<number, number>()
    for (const timeMs of times.toSorted((a, b) => a - b)) {
      let at = snapshots.findLastIndex(({ changeTime }) => changeTime <= timeMs)
      let untilMs = timeMs
      if (at < 0) {
        const [first] = snapshots
        const lost = first?.content.kind === 'unknown' ? null : this.#lostBeginning()
        if (!first) return null
        if (lost) {
          const since = new Date(first.changeTime).toISOString()
          throw new LifecycleError('no-history', `${lost.message}; of this user the log suffices from ${since} on`)
        }
        if (first.content.kind !== 'unknown') return null
        // Enough to tell when they were first seen.
        at = 0
        untilMs = first.changeTime
      }
      untilOf.set(at, Math.max(untilMs, untilOf.get(at) ?? -Infinity))
    }
    return [...untilOf].map(([at, untilMs]) => {
      const from = snapshots[at]
      return { from, untilMs, records: Math.min(quietAfter(known, at), known.end) - from.offset }
    })
  }

  #requireFew(records: number): void {
    const { userId, history, maxRecords = Infinity } = this.#options
    if (records <= maxRecords) return
    throw new LifecycleError(
      'replay-too-long',
      `Cannot replay ${userId}: ${records} records of partition ${history.partition} would have to be read, more than the ` +
        `${maxRecords} of one request (api.maxReplayRecords); the commands state --at, why and diff have no bound`,
    )
  }
}
