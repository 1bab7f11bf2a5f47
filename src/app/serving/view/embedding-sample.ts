import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../core/contracts/ids.ts'
import type { Stage } from '../../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../../core/contracts/user-state-record.ts'
import { hashString53 } from '../../../core/statistics/hash-string.ts'

/** Users of the sample, and how many more there may be before it is cut back. */
const SAMPLE_SIZE = 1000
const SLACK = 100
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

/** One that is followed: updated in place, because most states change nothing else. */
interface FollowedUser extends EmbeddedUser {
  readonly hash: number
  stage: Stage
  embeddingVersion: number
  readonly trail: EmbeddingPoint[]
}

/**
 * Embeddings of a sample of users: those whose id has the smallest hash, so that it is the same sample whatever the
 * order in which they come, and grows by itself to its size.
 */
export class EmbeddingSample {
  private readonly sample = new Map<UserId, FollowedUser>()
  private readonly watched = new LRUCache<UserId, FollowedUser>({ max: WATCHED_USERS })
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
      if (watched) follow(watched, state)
      const member = this.sample.get(userId)
      if (member) follow(member, state)
      else if (this.admit(userId, state)) hasChanged = true
    }
    return hasChanged
  }

  /** Users with an embedding, at most `limit`, in the order of their hashes. */
  users(limit: number): EmbeddedUser[] {
    return [...this.sample.values()]
      .filter(({ trail }) => trail.length > 0)
      .sort((a, b) => a.hash - b.hash)
      .slice(0, Math.min(limit, SAMPLE_SIZE))
  }

  /** The user's way; from now on it is followed, wherever the user stands. */
  watch(state: UserStateRecord): EmbeddedUser {
    const { userId } = state
    const followed = this.sample.get(userId) ?? this.watched.get(userId)
    if (followed) return followed
    const watched = followedUser(state)
    this.watched.set(userId, watched)
    return watched
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
    if (hashOf(userId) >= this.threshold) return false
    this.sample.set(userId, followedUser(state))
    if (this.sample.size <= SAMPLE_SIZE + SLACK) return true
    const byHash = [...this.sample.values()].sort((a, b) => a.hash - b.hash)
    for (const dropped of byHash.slice(SAMPLE_SIZE)) this.sample.delete(dropped.userId)
    this.threshold = byHash[SAMPLE_SIZE].hash
    return true
  }
}

function hashOf(userId: UserId): number {
  return hashString53(userId, HASH_SEED)
}

function followedUser(state: UserStateRecord): FollowedUser {
  const { userId, stage, embeddingVersion } = state
  const user: FollowedUser = { userId, hash: hashOf(userId), stage, embeddingVersion, trail: [] }
  follow(user, state)
  return user
}

function follow(user: FollowedUser, { stage, embedding, embeddingVersion, eventTime }: UserStateRecord): void {
  user.stage = stage
  user.embeddingVersion = embeddingVersion
  if (embedding.length === 0 || user.trail.at(-1)?.time === eventTime) return
  user.trail.push({ time: eventTime, embedding })
  if (user.trail.length > TRAIL_LENGTH) user.trail.shift()
}
