import type { StoreDump } from './dump-store.ts'
import type { TopicDump } from './dump-topics.ts'

/** All topics of a log, and the state stores of its partitions. */
export interface Dump {
  readonly topics: TopicDump
  readonly stores: readonly StoreDump[]
}

/** Where two dumps part, as a sentence; null when they are equal. */
export function firstDifference(actual: Dump, expected: Dump): string | null {
  const [was, wanted] = [linesByPlace(actual), linesByPlace(expected)]
  for (const place of new Set([...wanted.keys(), ...was.keys()])) {
    const [left, right] = [was.get(place) ?? [], wanted.get(place) ?? []]
    for (let line = 0; line < Math.max(left.length, right.length); line++) {
      if (left[line] !== right[line]) return `${place}, line ${line}: was ${left[line]}, expected ${right[line]}`
    }
  }
  return null
}

function linesByPlace({ topics, stores }: Dump): Map<string, readonly string[]> {
  const places = new Map(Object.entries(topics))
  for (const [partition, { nextOffset, entries, timers, lostTimers }] of stores.entries()) {
    places.set(`position of store ${partition}`, [`${nextOffset}`])
    places.set(`entries of store ${partition}`, entries)
    places.set(`timers of store ${partition}`, timers)
    places.set(`lost timers of store ${partition}`, lostTimers)
  }
  return places
}
