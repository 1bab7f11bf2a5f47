/** Tells work in a loop to end, and cuts its waits short. */
export class StopFlag {
  stopped = false
  private failure: { readonly error: unknown } | null = null
  private readonly wakes = new Set<() => void>()
  /** Promises that are listened to, and whether they have settled. */
  private readonly heard = new WeakMap<Promise<unknown>, { settled: boolean }>()

  stop(): void {
    this.stopped = true
    this.wakeAll()
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
  async wait(ms: number): Promise<void> {
    if (this.stopped) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.wakes.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.wakes.add(wake)
    })
  }

  /**
   * Waits until the event settles, for so many milliseconds at most, or until it is stopped. An event that stays away is
   * listened to once, however often it is waited for; a race would leave a reaction behind each time.
   */
  async waitFor(event: Promise<unknown>, ms: number): Promise<void> {
    let heard = this.heard.get(event)
    if (!heard) {
      const state = { settled: false }
      const settle = (): void => {
        state.settled = true
        this.wakeAll()
      }
      event.then(settle, settle)
      this.heard.set(event, state)
      heard = state
    }
    if (!heard.settled) await this.wait(ms)
  }

  private wakeAll(): void {
    for (const wake of this.wakes) wake()
  }
}
