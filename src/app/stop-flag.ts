/** Tells work in a loop to end, and cuts its waits short. */
export class StopFlag {
  stopped = false
  private readonly wakes = new Set<() => void>()

  stop(): void {
    this.stopped = true
    for (const wake of this.wakes) wake()
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
