/** Tells work in a loop to end, and cuts its waits short. */
export class StopFlag {
  stopped = false
  private failure: { readonly error: unknown } | null = null
  private readonly wakes = new Set<() => void>()
  /** Promises that are listened to, and who waits for each. */
  private readonly heard = new WeakMap<Promise<unknown>, HeardEvent>()

  stop(): void {
    this.stopped = true
    for (const wake of this.wakes) wake()
  }

  /** Stops when the promise rejects. A race in every turn of the loop would keep what each turn adds to the promise. */
  stopWhenFailed(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.failure ??= { error }
      this.stop()
    })
  }

  /** Throws what it was stopped by, where that was a failure. */
  throwFailure(): void {
    if (this.failure) throw this.failure.error
  }

  /** Waits so many milliseconds, or until it is stopped. */
  wait(ms: number): Promise<void> {
    return this.rest(ms, new Set())
  }

  /**
   * Waits until the event settles, for so many milliseconds at most, or until it is stopped. An event that stays away is
   * listened to once, however often it is waited for; a race would leave a reaction behind each time.
   */
  async waitFor(event: Promise<unknown>, ms: number): Promise<void> {
    let heard = this.heard.get(event)
    if (!heard) {
      const added: HeardEvent = { settled: false, waiting: new Set() }
      const settle = (): void => {
        added.settled = true
        for (const wake of added.waiting) wake()
      }
      event.then(settle, settle)
      this.heard.set(event, added)
      heard = added
    }
    if (!heard.settled) await this.rest(ms, heard.waiting)
  }

  /** `waiting` are those whom something besides the stop wakes. */
  private async rest(ms: number, waiting: Set<() => void>): Promise<void> {
    if (this.stopped) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.wakes.delete(wake)
        waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.wakes.add(wake)
      waiting.add(wake)
    })
  }
}

interface HeardEvent {
  settled: boolean
  readonly waiting: Set<() => void>
}
