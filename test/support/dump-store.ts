import { createHash } from 'node:crypto'
import { ORIGIN_KEY } from '../../src/app/tracker/partition-meta.ts'
import { kindOfKey, parseTimerKey, type Timer, userKey } from '../../src/app/tracker/state-keys.ts'
import { decodePendingImpression } from '../../src/core/user-state/pending-impression-codec.ts'
import { impressionTimers, type JoinerWindows } from '../../src/core/user-state/pending-impression.ts'
import { decodeUserState } from '../../src/core/user-state/user-state-codec.ts'
import type { StateStore } from '../../src/io/store/state-store.ts'

export interface StoreDump {
  readonly nextOffset: number | null
  /** Users, impressions and meta entries, a line each. */
  readonly entries: readonly string[]
  /** Timers that the users and impressions ask for. */
  readonly timers: readonly string[]
  /** Those of them that are not set or lie before the stream time: they would never fire. */
  readonly lostTimers: readonly string[]
}

const META = Buffer.concat([Buffer.from('m'), Buffer.from('partition')])

/**
 * A tracker's store, for comparison. A set timer that nobody asks for any more finds nothing when it fires; a store that
 * was rebuilt from the changelog does not have it, and it is left out. So is how far the changelog was read.
 */
export async function dumpStore(store: StateStore, windows: JoinerWindows): Promise<StoreDump> {
  const all = await store.range(new Uint8Array(0), new Uint8Array(300).fill(255), 10_000_000)
  const meta = await store.get(META)
  const streamTime: number = meta === null ? 0 : JSON.parse(Buffer.from(meta).toString()).clock.streamTime
  const entries: string[] = []
  const set = new Set<string>()
  const asked: Timer[] = []
  for (const { key, value } of all) {
    const kind = kindOfKey(key)
    if (kind === 'timer') {
      set.add(lineOf(parseTimerKey(key)))
      continue
    }
    // The log's own name, which two logs with the same records do not share.
    if (Buffer.compare(key, ORIGIN_KEY) === 0) continue
    entries.push(`${kind} ${Buffer.from(key).toString('latin1')} ${hashOf(value)}`)
    asked.push(...timersOf(kind, value, windows, streamTime))
  }
  return {
    nextOffset: (await store.position())?.nextOffset ?? null,
    entries,
    timers: asked.map(lineOf),
    lostTimers: asked.filter((timer) => timer.due <= streamTime || !set.has(lineOf(timer))).map(lineOf),
  }
}

/** State of one user in a tracker's store; null when there is none. */
export async function storedUser(store: StateStore, userId: string) {
  const value = await store.get(userKey(userId as Timer['userId']))
  return value && decodeUserState(value)
}

/** The close of an attribution window that has passed is history; the other timers stay until they fire. */
function timersOf(kind: string, value: Uint8Array, windows: JoinerWindows, streamTime: number): Timer[] {
  if (kind === 'user') {
    const { userId, timerDue } = decodeUserState(value)
    return timerDue > 0 ? [{ due: timerDue, userId, impressionId: null }] : []
  }
  if (kind !== 'impression') return []
  const impression = decodePendingImpression(value)
  const { userId, impressionId } = impression
  const { closes, expires } = impressionTimers(impression, windows)
  return (closes > streamTime ? [closes, expires] : [expires]).map((due) => ({ due, userId, impressionId }))
}

function lineOf({ due, userId, impressionId }: Timer): string {
  return `${due} ${userId} ${impressionId ?? 'user'}`
}

function hashOf(bytes: Uint8Array): string {
  return `${bytes.length}:${createHash('sha256').update(bytes).digest('base64url')}`
}
