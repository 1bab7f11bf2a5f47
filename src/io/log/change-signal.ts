/** A promise that everyone waiting shares until the next change, then a new one. */
export class ChangeSignal {
  #resolve: () => void = () => {}
  #next: Promise<void> | null = null
  #ended = false

  wait(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    this.#next ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#next
  }

  fire(): void {
    this.#next = null
    this.#resolve()
  }

  /** From now on `wait` resolves at once. */
  end(): void {
    this.#ended = true
    this.fire()
  }
}
