import type { StoreEntry } from '../../../io/store/state-store.ts'
import { countKey, countNameOf } from './view-keys.ts'

const decoder = new TextDecoder()

const NONE: ReadonlyMap<string, number> = new Map()

/** Counts by name, as the view's store holds them. A count that is not there is 0. Names are paths: `<group>/<last>`. */
export class CountTable {
  private readonly groups = new Map<string, Map<string, number>>()

  of(name: string): number {
    const { group, last } = partsOf(name)
    return this.groups.get(group)?.get(last) ?? 0
  }

  /** The counts of a group by the last part of their names. */
  group(name: string): ReadonlyMap<string, number> {
    return this.groups.get(name) ?? NONE
  }

  /** Takes what the store holds for what is so. */
  restore(entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]): void {
    this.groups.clear()
    for (const { key, value } of entries) this.set(countNameOf(key), Number(decoder.decode(value)))
  }

  /** Takes over the changes, once they are stored. */
  apply(changes: CountChanges): void {
    for (const name of changes.names()) this.set(name, this.of(name) + changes.of(name))
  }

  /** What to store for the changes. */
  entriesOf(changes: CountChanges): StoreEntry[] {
    return changes.names().map((name) => {
      const count = this.of(name) + changes.of(name)
      return { key: countKey(name), value: count === 0 ? null : Buffer.from(String(count)) }
    })
  }

  private set(name: string, count: number): void {
    const { group, last } = partsOf(name)
    let counts = this.groups.get(group)
    if (!counts) {
      counts = new Map()
      this.groups.set(group, counts)
    }
    if (count === 0) counts.delete(last)
    else counts.set(last, count)
    if (counts.size === 0) this.groups.delete(group)
  }
}

function partsOf(name: string): { group: string; last: string } {
  const at = name.lastIndexOf('/')
  return { group: name.slice(0, at), last: name.slice(at + 1) }
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
