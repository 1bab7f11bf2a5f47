import { LifecycleError } from '../core/contracts/lifecycle-error.ts'
import { ChangeQueue, type StateChange } from './change-queue.ts'
import { Deferred } from './deferred.ts'
import type { Freshness, StaleReason, StateAnswer } from './freshness.ts'
import type { PublishedState } from './published-state.ts'
import type { RejectedState, StateSink, StateSource } from './state-source.ts'
import type { StatesOptions, UserStates, WatchOptions } from './user-states.ts'

const DEFAULT_MAX_LAG_MS = 30_000

interface Held {
  state: PublishedState | null
  isUnreadable: boolean
  /** The reading from the beginning that it last came in. */
  reading: number
}

/** The states in memory, filled by a source. */
export class StatesView implements UserStates, StateSink {
  readonly ready: Promise<void>
  readonly #options: StatesOptions
  readonly #nowMs: () => number
  readonly #stop = new AbortController()
  readonly #readiness = new Deferred()
  readonly #connection = new Deferred()
  /** In the order of use where the number is limited, the longest unused first. */
  readonly #held = new Map<string, Held>()
  readonly #queues = new Set<ChangeQueue>()
  #reading = 0
  #hasSwept = true
  #hasDropped = false
  #completeAtMs: number | null = null
  #newestEventTimeMs: number | null = null
  #work: Promise<void> = Promise.resolve()

  private constructor(options: StatesOptions, nowMs: () => number) {
    this.#options = options
    this.#nowMs = nowMs
    this.ready = this.#readiness.promise
    // Who does not wait for it need not catch it.
    this.ready.catch(() => {})
  }

  /** Rejects with what the first connection fails with. `nowMs` is the clock, unix ms. */
  static async open(source: StateSource, options: StatesOptions, nowMs: () => number = Date.now): Promise<StatesView> {
    checkOptions(options)
    const view = new StatesView(options, nowMs)
    view.#work = source.run(view, view.#stop.signal)
    try {
      await Promise.race([view.#connection.promise, view.#work])
    } catch (error) {
      await view.close().catch(() => {})
      throw error
    }
    return view
  }

  get(userId: string): StateAnswer {
    if (this.#stop.signal.aborted) throw closed('ask')
    const held = this.#held.get(userId)
    if (held && this.#options.maxUsers !== undefined) this.#touch(userId, held)
    const now = this.#nowMs()
    const state = held?.state ?? null
    const ageMs = state && Math.max(0, now - state.eventTime)
    const reason = this.#whyStale(userId, held, now)
    if (reason === null) return state ? { kind: 'fresh', state, ageMs: ageMs! } : { kind: 'unknown' }
    if (this.#options.onStale === 'mark') return { kind: 'stale', reason, state, ageMs }
    throw new LifecycleError('stale-state', `Cannot give the state of the user: ${this.#sentenceOf(reason, ageMs)}`, {
      retryable: reason === 'behind',
    })
  }

  watch({ userId, withCurrent = false }: WatchOptions = {}): AsyncIterableIterator<StateChange> {
    if (this.#stop.signal.aborted) throw closed('watch')
    const queue = new ChangeQueue(userId ?? null, (ended) => this.#queues.delete(ended))
    if (withCurrent) for (const [id, { state }] of this.#held) if (state) queue.push(id, state, null)
    this.#queues.add(queue)
    return queue
  }

  freshness(): Freshness {
    const now = this.#nowMs()
    return {
      users: this.#held.size,
      completeAtMs: this.#completeAtMs,
      lagMs: this.#lagMs(now),
      newestEventTimeMs: this.#newestEventTimeMs,
      isStale: this.#whyViewStale(now) !== null,
    }
  }

  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort()
      this.#readiness.reject(closed('fill'))
      for (const queue of this.#queues) queue.end()
      this.#queues.clear()
    }
    await this.#work.catch(() => {})
  }

  connected(): void {
    this.#connection.resolve()
  }

  put(state: PublishedState): void {
    const { userId, eventTime } = state
    this.#newestEventTimeMs = Math.max(this.#newestEventTimeMs ?? 0, eventTime)
    if (!this.#keeps(userId)) return
    const previous = this.#held.get(userId)?.state ?? null
    this.#touch(userId, { state, isUnreadable: false, reading: this.#reading })
    this.#tell(userId, state, previous)
    const { maxUsers = Infinity } = this.#options
    if (this.#held.size <= maxUsers) return
    this.#hasDropped = true
    this.#held.delete(this.#held.keys().next().value!)
  }

  erase(userId: string): void {
    const held = this.#held.get(userId)
    if (!held) return
    this.#held.delete(userId)
    this.#tell(userId, null, held.state)
  }

  reject(rejected: RejectedState): void {
    const { userId } = rejected
    if (userId !== null && this.#keeps(userId)) {
      this.#touch(userId, {
        state: this.#held.get(userId)?.state ?? null,
        isUnreadable: true,
        reading: this.#reading,
      })
    }
    callOut(this.#options.onRejected, rejected)
  }

  restart(): void {
    this.#reading++
    this.#hasSwept = false
    this.#completeAtMs = null
  }

  complete(atMs: number): void {
    if (!this.#hasSwept) {
      this.#hasSwept = true
      for (const [userId, { reading }] of this.#held) if (reading < this.#reading) this.erase(userId)
    }
    this.#completeAtMs = Math.max(this.#completeAtMs ?? 0, atMs)
    this.#readiness.resolve()
  }

  fail(error: Error): void {
    callOut(this.#options.onFailure, error)
  }

  #tell(userId: string, state: PublishedState | null, previous: PublishedState | null): void {
    for (const queue of this.#queues) queue.push(userId, state, previous)
  }

  #keeps(userId: string): boolean {
    return this.#options.keep?.(userId) ?? true
  }

  #touch(userId: string, held: Held): void {
    if (this.#options.maxUsers !== undefined) this.#held.delete(userId)
    this.#held.set(userId, held)
  }

  #lagMs(now: number): number {
    return this.#completeAtMs === null ? Infinity : Math.max(0, now - this.#completeAtMs)
  }

  #whyStale(userId: string, held: Held | undefined, now: number): StaleReason | null {
    if (!held && (this.#hasDropped || !this.#keeps(userId))) return 'not-kept'
    const reason = this.#whyViewStale(now)
    if (reason !== null) return reason
    if (held?.isUnreadable) return 'unreadable'
    if (held?.state && now - held.state.eventTime > (this.#options.maxAgeMs ?? Infinity)) return 'old'
    return null
  }

  #whyViewStale(now: number): StaleReason | null {
    const { maxLagMs = DEFAULT_MAX_LAG_MS, maxSilenceMs = Infinity } = this.#options
    if (this.#lagMs(now) > maxLagMs || this.#completeAtMs === null) return 'behind'
    const silentMs = this.#newestEventTimeMs === null ? Infinity : now - this.#newestEventTimeMs
    return maxSilenceMs < Infinity && silentMs > maxSilenceMs ? 'silent' : null
  }

  #sentenceOf(reason: StaleReason, ageMs: number | null): string {
    switch (reason) {
      case 'not-kept':
        return 'the view does not keep it'
      case 'behind':
        if (this.#completeAtMs === null) return 'the view has not read to the end yet'
        return `the view is ${Math.round(this.#lagMs(this.#nowMs()) / 1000)} s behind`
      case 'silent':
        return 'no user has had an event for too long'
      case 'unreadable':
        return 'its latest record could not be read'
      case 'old':
        return `its latest event is ${Math.round((ageMs ?? 0) / 1000)} s old`
    }
  }
}

/** An error of the caller's own function is theirs to see, and does not end the view. */
function callOut<T>(callback: ((argument: T) => void) | undefined, argument: T): void {
  try {
    callback?.(argument)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function closed(action: string): LifecycleError {
  return new LifecycleError('closed', `Cannot ${action} the view of user states: it is closed`)
}

function checkOptions({ maxLagMs, maxSilenceMs, maxAgeMs, maxUsers, onStale }: StatesOptions): void {
  for (const [name, value] of Object.entries({ maxLagMs, maxSilenceMs, maxAgeMs })) {
    if (value !== undefined && !(value > 0)) throw new RangeError(`Cannot use ${name} ${value}: it is not above 0`)
  }
  if (maxUsers !== undefined && !(Number.isInteger(maxUsers) && maxUsers > 0)) {
    throw new RangeError(`Cannot use maxUsers ${maxUsers}: it is no whole number above 0`)
  }
  if (onStale !== undefined && onStale !== 'refuse' && onStale !== 'mark') {
    throw new RangeError(`Cannot use onStale ${String(onStale)}: it is neither refuse nor mark`)
  }
}
