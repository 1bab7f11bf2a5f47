/** Tells work in a loop to end, and cuts its waits short. */
export class StopFlag {
  stopped = false
  private failure: { readonly error: unknown } | null = null
  private readonly wakes = new Set<() => void>()

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
}
