import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../core/contracts/ids.ts'
import type { Stage } from '../../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../../core/contracts/user-state-record.ts'
import { hashString53 } from '../../../core/statistics/hash-string.ts'

/** Users of the sample. */
const SAMPLE_SIZE = 1000
/** Users outside of the sample whose way is kept because somebody asked for it. */
const WATCHED_USERS = 200
/** Embeddings kept of a user's way. */
const TRAIL_LENGTH = 64
const HASH_SEED = 2

export interface EmbeddingPoint {
  readonly time: number
  readonly embedding: Float32Array
}

export interface EmbeddedUser {
  readonly userId: UserId
  readonly stage: Stage
  readonly embeddingVersion: number
  /** The latest embeddings, oldest first; those since the start of the process. */
  readonly trail: readonly EmbeddingPoint[]
}

interface Member {
  readonly hash: number
  user: EmbeddedUser
}

/**
 * Embeddings of a sample of users: those whose id has the smallest hash, so that it is the same sample whatever the
 * order in which they come, and grows by itself to its size.
 */
export class EmbeddingSample {
  private readonly sample = new Map<UserId, Member>()
  private readonly watched = new LRUCache<UserId, EmbeddedUser>({ max: WATCHED_USERS })
  /** Largest hash of a full sample. */
  private threshold = Infinity

  /** Takes states over; null for a user that was erased. True when the members of the sample have changed. */
  observe(states: ReadonlyMap<UserId, UserStateRecord | null>): boolean {
    let hasChanged = false
    for (const [userId, state] of states) {
      if (!state) {
        this.watched.delete(userId)
        if (this.sample.delete(userId)) {
          hasChanged = true
          this.threshold = Infinity
        }
        continue
      }
      const watched = this.watched.peek(userId)
      if (watched) this.watched.set(userId, follow(watched, state))
      const member = this.sample.get(userId)
      if (member) member.user = follow(member.user, state)
      else if (this.admit(userId, state)) hasChanged = true
    }
    return hasChanged
  }

  /** Users with an embedding, at most `limit`, in the order of their hashes. */
  users(limit: number): EmbeddedUser[] {
    return [...this.sample.values()]
      .filter(({ user }) => user.trail.length > 0)
      .sort((a, b) => a.hash - b.hash)
      .slice(0, limit)
      .map(({ user }) => user)
  }

  /** The user's way; from now on it is followed, wherever the user stands. */
  watch(state: UserStateRecord): EmbeddedUser {
    const { userId } = state
    const member = this.sample.get(userId)
    if (member) return member.user
    const known = this.watched.get(userId) ?? follow(null, state)
    this.watched.set(userId, known)
    return known
  }

  /** Members of the sample, as bytes to store. */
  members(): Uint8Array {
    return Buffer.from(JSON.stringify([...this.sample.keys()]))
  }

  static membersOf(bytes: Uint8Array | null): UserId[] {
    return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as UserId[]) : []
  }

  restore(members: readonly UserId[], states: readonly (UserStateRecord | null)[]): void {
    this.sample.clear()
    this.threshold = Infinity
    members.forEach((userId, i) => {
      const state = states[i]
      if (state) this.admit(userId, state)
    })
  }

  private admit(userId: UserId, state: UserStateRecord): boolean {
    const hash = hashString53(userId, HASH_SEED)
    if (hash >= this.threshold) return false
    this.sample.set(userId, { hash, user: follow(null, state) })
    if (this.sample.size < SAMPLE_SIZE) return true
    const byHash = [...this.sample].sort(([, a], [, b]) => a.hash - b.hash)
    for (const [dropped] of byHash.slice(SAMPLE_SIZE)) this.sample.delete(dropped)
    this.threshold = byHash[SAMPLE_SIZE - 1][1].hash
    return true
  }
}

function follow(before: EmbeddedUser | null, state: UserStateRecord): EmbeddedUser {
  const { userId, stage, embedding, embeddingVersion, eventTime } = state
  const trail = before?.trail ?? []
  const isNew = embedding.length > 0 && trail.at(-1)?.time !== eventTime
  return {
    userId,
    stage,
    embeddingVersion,
    trail: isNew ? [...trail, { time: eventTime, embedding }].slice(-TRAIL_LENGTH) : trail,
  }
}
