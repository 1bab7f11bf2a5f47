import type { StateChange } from './change-queue.ts'
import type { Freshness, FreshnessContract, StateAnswer } from './freshness.ts'
import type { RejectedState } from './state-source.ts'

export interface StatesOptions extends FreshnessContract {
  /** Which users to keep; the others cost no memory. Default: all. */
  readonly keep?: (userId: string) => boolean
  /** Users kept at most: those that were neither asked for nor changed for longest go first. Default: no limit. */
  readonly maxUsers?: number
  /** Told of each record that could not be read; the view goes on behind it. */
  readonly onRejected?: (rejected: RejectedState) => void
  /** Told of each failed connection after the first; the view tries again and loses nothing meanwhile. */
  readonly onFailure?: (error: Error) => void
}

export interface WatchOptions {
  /** Only this user. Default: all that are kept. */
  readonly userId?: string
  /** Whether the states that the view holds already come first. Default false. */
  readonly withCurrent?: boolean
}

/** A local view of every user's latest published state. */
export interface UserStates {
  /** Resolves when everything that had been published has been read once; rejects when the view is closed before. */
  readonly ready: Promise<void>
  /** From memory. Throws LifecycleError `stale-state` where the contract refuses, `closed` after close. */
  get(userId: string): StateAnswer
  /**
   * Changes from now on, for `for await`. A reader that is slow is told the latest state of each user, and not all in
   * between; after a gap a state may come twice. Leaving the loop ends it, and so does close.
   */
  watch(options?: WatchOptions): AsyncIterableIterator<StateChange>
  freshness(): Freshness
  close(): Promise<void>
}
