/**
 * Offset of the latest record of the keys written last: saves the look-up of the previous one. Two generations instead
 * of a list in order of use: a full young one becomes the old one, which is dropped by and by.
 */
export class RecentOffsets {
  readonly #capacity: number
  #young = new Map<string, number>()
  #old = new Map<string, number>()

  /** Keeps the last `capacity` keys, and up to as many older ones. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, offset: number): void {
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, offset)
  }
}
