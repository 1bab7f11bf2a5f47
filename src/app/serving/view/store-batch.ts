import type { StoreEntry } from '../../../io/store/state-store.ts'

/** Entries of one batch by key: a later one takes the place of an earlier one. */
export class StoreBatch {
  private readonly byKey = new Map<string, StoreEntry>()

  put(entry: StoreEntry): void {
    this.byKey.set(textOf(entry.key), entry)
  }

  withPrefix(prefix: Uint8Array): StoreEntry[] {
    const text = textOf(prefix)
    return [...this.byKey].filter(([key]) => key.startsWith(text)).map(([, entry]) => entry)
  }

  all(): StoreEntry[] {
    return [...this.byKey.values()]
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}
