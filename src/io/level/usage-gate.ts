/** Lets any number of uses run at a time, and now and then something that must run alone. */
export class UsageGate {
  #uses = 0
  #alone: Promise<unknown> | null = null
  #idle: (() => void) | null = null

  async use<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone !== null) await this.#alone
    this.#uses++
    try {
      return await work()
    } finally {
      if (--this.#uses === 0) this.#idle?.()
    }
  }

  /** Waits for the uses under way; later ones wait until `work` has ended, in whatever way. */
  async alone(work: () => Promise<void>): Promise<void> {
    while (this.#alone !== null) await this.#alone
    const done = this.#whenIdle().then(work)
    this.#alone = done.catch(() => {})
    try {
      await done
    } finally {
      this.#alone = null
    }
  }

  #whenIdle(): Promise<void> {
    if (this.#uses === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = () => {
        this.#idle = null
        resolve()
      }
    })
  }
}
