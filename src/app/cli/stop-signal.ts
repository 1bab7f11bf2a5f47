import { StopFlag } from '../stop-flag.ts'

/** Set by the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export class StopSignal extends StopFlag {
  constructor() {
    super()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (this.stopped) process.exit(130)
        this.stop()
      })
    }
  }
}
