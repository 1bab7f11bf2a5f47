import type { StoreEntry } from '../../../io/store/state-store.ts'
import { countKey, countNameOf } from './view-keys.ts'

const decoder = new TextDecoder()

/** Counts by name, as the view's store holds them. A count that is not there is 0. */
export class CountTable {
  private readonly counts = new Map<string, number>()

  of(name: string): number {
    return this.counts.get(name) ?? 0
  }

  /** Names and counts that begin with a prefix; the prefix is cut off. */
  *withPrefix(prefix: string): Generator<[rest: string, count: number]> {
    for (const [name, count] of this.counts) if (name.startsWith(prefix)) yield [name.slice(prefix.length), count]
  }

  /** Takes what the store holds for what is so. */
  restore(entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]): void {
    this.counts.clear()
    for (const { key, value } of entries) this.counts.set(countNameOf(key), Number(decoder.decode(value)))
  }

  /** Takes over the changes, once they are stored. */
  apply(changes: CountChanges): void {
    for (const name of changes.names()) {
      const count = this.of(name) + changes.of(name)
      if (count === 0) this.counts.delete(name)
      else this.counts.set(name, count)
    }
  }

  /** What to store for the changes. */
  entriesOf(changes: CountChanges): StoreEntry[] {
    return changes.names().map((name) => {
      const count = this.of(name) + changes.of(name)
      return { key: countKey(name), value: count === 0 ? null : Buffer.from(String(count)) }
    })
  }
}

/** What one batch adds to counts. */
export class CountChanges {
  private readonly deltas = new Map<string, number>()

  add(name: string, by: number): void {
    this.deltas.set(name, this.of(name) + by)
  }

  of(name: string): number {
    return this.deltas.get(name) ?? 0
  }

  names(): string[] {
    return [...this.deltas].filter(([, by]) => by !== 0).map(([name]) => name)
  }
}
