import { checkBatch } from './check-batch.ts'
import type { StateStore, StoreBatch, StorePosition } from './state-store.ts'
import { closedError } from './closed-error.ts'

/** The state store in memory, for tests and throw-away runs. Keys are held as Latin-1 text: its order is byte order. */
export class MemoryStore implements StateStore {
  readonly #values = new Map<string, Uint8Array>()
  /** Every key, ascending. */
  #sorted: string[] = []
  #position: StorePosition | null = null
  #closed = false

  async position(): Promise<StorePosition | null> {
    this.#checkOpen('read the position of')
    return this.#position
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.#checkOpen('read')
    return this.#values.get(textOf(key)) ?? null
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
    this.#checkOpen('read')
    return keys.map((key) => this.#values.get(textOf(key)) ?? null)
  }

  async range(
    from: Uint8Array,
    to: Uint8Array,
    limit: number,
  ): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    this.#checkOpen('read')
    const end = textOf(to)
    const entries: { key: Uint8Array; value: Uint8Array }[] = []
    for (let index = this.#rank(textOf(from)); index < this.#sorted.length && entries.length < limit; index++) {
      const key = this.#sorted[index]
      if (key >= end) break
      entries.push({ key: Buffer.from(key, 'latin1'), value: this.#values.get(key)! })
    }
    return entries
  }

  async apply(batch: StoreBatch): Promise<void> {
    this.#checkOpen('write to')
    checkBatch(batch)
    for (const { key, value } of batch.entries) {
      if (value === null) this.#delete(textOf(key))
      else this.#put(textOf(key), Buffer.from(value))
    }
    this.#position = { ...batch.position }
  }

  async clear(): Promise<void> {
    this.#checkOpen('clear')
    this.#values.clear()
    this.#sorted = []
    this.#position = null
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #put(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#sorted.splice(this.#rank(key), 0, key)
    this.#values.set(key, value)
  }

  #delete(key: string): void {
    if (this.#values.delete(key)) this.#sorted.splice(this.#rank(key), 1)
  }

  /** Index of the first key that is not below `key`. */
  #rank(key: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sorted[middle] < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #checkOpen(action: string): void {
    if (this.#closed) throw closedError(action)
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
