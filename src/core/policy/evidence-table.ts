import type { UserId } from '../contracts/ids.ts'

const DAY_MS = 86_400_000

/** Successes and failures, each worth half after a half-life. */
export interface DecayedEvidence {
  readonly success: number
  readonly failure: number
}

/** [key, success, failure, time], the sums as of that time. */
export type EvidenceRow = readonly [key: string, success: number, failure: number, timeMs: number]

export interface EvidenceSnapshot {
  readonly shared: readonly EvidenceRow[]
  readonly users: readonly (readonly [user: string, rows: readonly EvidenceRow[]])[]
}

/** What has changed since it was last asked for; null for a user who is forgotten. */
export interface EvidenceChanges {
  readonly shared: readonly EvidenceRow[]
  readonly users: readonly (readonly [user: string, rows: readonly EvidenceRow[] | null])[]
}

interface Sum {
  success: number
  failure: number
  timeMs: number
}

const NONE: DecayedEvidence = { success: 0, failure: 0 }

/** Decayed evidence by key, shared and of single users; of those the latest `maxUsers` are kept. */
export class EvidenceTable {
  readonly #halfLifeMs: number
  readonly #maxUsers: number
  readonly #shared = new Map<string, Sum>()
  /** In the order of their latest evidence. */
  readonly #users = new Map<string, Map<string, Sum>>()
  #changedKeys = new Set<string>()
  #changedUsers = new Set<string>()

  constructor(halfLifeDays: number, maxUsers: number) {
    this.#halfLifeMs = halfLifeDays * DAY_MS
    this.#maxUsers = maxUsers
  }

  add(key: string, success: number, failure: number, timeMs: number): void {
    this.#changedKeys.add(key)
    this.#addTo(this.#shared, key, success, failure, timeMs)
  }

  addOwn(userId: UserId, key: string, success: number, failure: number, timeMs: number): void {
    const own = this.#users.get(userId) ?? new Map<string, Sum>()
    this.#changedUsers.add(userId)
    this.#users.delete(userId)
    this.#users.set(userId, own)
    this.#addTo(own, key, success, failure, timeMs)
    if (this.#users.size > this.#maxUsers) this.eraseUser(this.#users.keys().next().value as UserId)
  }

  at(key: string, timeMs: number): DecayedEvidence {
    return this.#decayed(this.#shared.get(key), timeMs)
  }

  ownAt(userId: UserId, key: string, timeMs: number): DecayedEvidence {
    return this.#decayed(this.#users.get(userId)?.get(key), timeMs)
  }

  eraseUser(userId: UserId): void {
    if (this.#users.delete(userId)) this.#changedUsers.add(userId)
  }

  takeChanges(): EvidenceChanges {
    const shared = [...this.#changedKeys].map((key) => rowOf(key, this.#shared.get(key)!))
    const users = [...this.#changedUsers].map((user): EvidenceChanges['users'][number] => {
      const sums = this.#users.get(user)
      return [user, sums ? rowsOf(sums) : null]
    })
    this.#changedKeys = new Set()
    this.#changedUsers = new Set()
    return { shared, users }
  }

  snapshot(): EvidenceSnapshot {
    return { shared: rowsOf(this.#shared), users: [...this.#users].map(([user, sums]) => [user, rowsOf(sums)]) }
  }

  /** Users in the order of their latest evidence, whatever order they come in. */
  static restore({ shared, users }: EvidenceSnapshot, halfLifeDays: number, maxUsers: number): EvidenceTable {
    const table = new EvidenceTable(halfLifeDays, maxUsers)
    for (const row of shared) putRow(table.#shared, row)
    const newestOf = (rows: readonly EvidenceRow[]) => rows.reduce((newest, row) => Math.max(newest, row[3]), 0)
    const inOrder = users.toSorted(([a, first], [b, second]) => newestOf(first) - newestOf(second) || (a < b ? -1 : 1))
    for (const [user, rows] of inOrder) {
      const sums = new Map<string, Sum>()
      for (const row of rows) putRow(sums, row)
      table.#users.set(user, sums)
    }
    return table
  }

  /** Late evidence is weighed as of its own time. */
  #addTo(sums: Map<string, Sum>, key: string, success: number, failure: number, timeMs: number): void {
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, { success, failure, timeMs })
      return
    }
    const newest = Math.max(sum.timeMs, timeMs)
    const held = this.#decay(newest - sum.timeMs)
    const added = this.#decay(newest - timeMs)
    sum.success = sum.success * held + success * added
    sum.failure = sum.failure * held + failure * added
    sum.timeMs = newest
  }

  /** A correction may be of an example that a restart had forgotten: no sum is ever read below 0. */
  #decayed(sum: Sum | undefined, timeMs: number): DecayedEvidence {
    if (!sum) return NONE
    const factor = this.#decay(Math.max(0, timeMs - sum.timeMs))
    return { success: Math.max(0, factor * sum.success), failure: Math.max(0, factor * sum.failure) }
  }

  #decay(ageMs: number): number {
    return 2 ** (-ageMs / this.#halfLifeMs)
  }
}

function rowsOf(sums: ReadonlyMap<string, Sum>): EvidenceRow[] {
  return [...sums].map(([key, sum]) => rowOf(key, sum))
}

function rowOf(key: string, { success, failure, timeMs }: Sum): EvidenceRow {
  return [key, success, failure, timeMs]
}

function putRow(sums: Map<string, Sum>, [key, success, failure, timeMs]: EvidenceRow): void {
  sums.set(key, { success, failure, timeMs })
}
