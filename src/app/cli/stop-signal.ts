/** Set by the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export class StopSignal {
  stopped = false
  private wake: () => void = () => {}

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (this.stopped) process.exit(130)
        this.stop()
      })
    }
  }

  stop(): void {
    this.stopped = true
    this.wake()
  }

  /** Waits so many milliseconds, or until the signal comes. */
  async wait(ms: number): Promise<void> {
    if (this.stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
