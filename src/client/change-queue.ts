import type { PublishedState } from './published-state.ts'

/** A change of one user. `previous` is the state that this reader was told before; null when it was told none. */
export type StateChange =
  | { readonly kind: 'state'; readonly state: PublishedState; readonly previous: PublishedState | null }
  | { readonly kind: 'erased'; readonly userId: string; readonly previous: PublishedState | null }

/**
 * Changes on their way to one reader. A reader that is slow is told the latest state of each user, not every one in
 * between: so at most one change per user waits.
 */
export class ChangeQueue implements AsyncIterableIterator<StateChange> {
  readonly #userId: string | null
  readonly #onEnd: (queue: ChangeQueue) => void
  readonly #waiting = new Map<string, StateChange>()
  readonly #readers: ((result: IteratorResult<StateChange>) => void)[] = []
  #isEnded = false

  /** `userId` null is every user. */
  constructor(userId: string | null, onEnd: (queue: ChangeQueue) => void) {
    this.#userId = userId
    this.#onEnd = onEnd
  }

  push(userId: string, state: PublishedState | null, previous: PublishedState | null): void {
    if (this.#isEnded || (this.#userId !== null && this.#userId !== userId)) return
    const waiting = this.#waiting.get(userId)
    const before = waiting ? waiting.previous : previous
    const change: StateChange = state
      ? { kind: 'state', state, previous: before }
      : { kind: 'erased', userId, previous: before }
    const reader = this.#readers.shift()
    if (reader) reader({ done: false, value: change })
    else this.#waiting.set(userId, change)
  }

  /** No change comes after those that wait. */
  end(): void {
    this.#isEnded = true
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<StateChange>> {
    const first = this.#waiting.entries().next()
    if (!first.done) {
      const [userId, change] = first.value
      this.#waiting.delete(userId)
      return Promise.resolve({ done: false, value: change })
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  return(): Promise<IteratorResult<StateChange>> {
    this.#waiting.clear()
    this.end()
    this.#onEnd(this)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
