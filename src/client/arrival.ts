import { pause } from './pause.ts'

/**
 * Waits for records without missing those that come between a read and the wait. A race with `changed` in every turn
 * would keep what each turn adds to the promise for as long as nothing comes.
 */
export class Arrival {
  readonly #log: { changed(): Promise<void> }
  #seen: Promise<void> | null = null
  #wake = new AbortController()

  constructor(log: { changed(): Promise<void> }) {
    this.#log = log
  }

  /** Comes before the reads of a turn. */
  begin(): void {
    const changed = this.#log.changed()
    if (changed === this.#seen) return
    this.#seen = changed
    this.#wake = new AbortController()
    const wake = this.#wake
    void changed.then(() => wake.abort())
  }

  /** Ends when something has come since `begin`, after so many ms, or with the signal. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, this.#wake.signal, signal)
  }
}
