/** How often the ends of the partitions are asked for. */
const LOOK_EVERY_MS = 1000

/** Where the partitions ended at a time, unix ms: who has come there is complete as of then. */
export interface Ends<Key> {
  readonly atMs: number
  /** By partition, however the reader names it. */
  readonly offsets: ReadonlyMap<Key, number>
}

/** Asks for the ends of partitions from time to time, beside the reading: a broker that is slow to answer stops nothing. */
export class LogEnds<Key> {
  readonly #ask: () => Promise<ReadonlyMap<Key, number>>
  #isAsking = false
  #askedAt = -Infinity
  #ends: Ends<Key> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(ask: () => Promise<ReadonlyMap<Key, number>>) {
    this.#ask = ask
  }

  /** The ends that were asked for last, until `reached`; null while nothing has been answered. Throws their failure. */
  look(): Ends<Key> | null {
    if (this.#failure) throw this.#failure.error
    if (this.#ends === null && !this.#isAsking && performance.now() - this.#askedAt >= LOOK_EVERY_MS) void this.#begin()
    return this.#ends
  }

  /** They have been reached: new ones are asked for. */
  reached(): void {
    this.#ends = null
  }

  async #begin(): Promise<void> {
    this.#isAsking = true
    this.#askedAt = performance.now()
    const atMs = Date.now()
    try {
      this.#ends = { atMs, offsets: await this.#ask() }
    } catch (error) {
      this.#failure = { error }
    } finally {
      this.#isAsking = false
    }
  }
}
