import { LifecycleError } from '../contracts/lifecycle-error.ts'
import { hashString, hashString53 } from '../statistics/hash-string.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { normalVariate } from '../statistics/normal-variate.ts'
import type { CheckpointSections } from './checkpoint-codec.ts'
import { EmbeddingRows } from './embedding-rows.ts'

export interface EmbeddingTableSettings {
  readonly width: number
  /** Standard deviation of a fresh row. */
  readonly init: number
  readonly admissionCount: number
  readonly idleExpiryDays: number
  readonly maxRows: number
  readonly seed: number
}

interface Candidate {
  sightings: number
  lastSeenMs: number
}

/** The row of every value that has none of its own. */
export const UNSEEN_ROW = 0
const DAY_MS = 86_400_000
const FIRST_CAPACITY = 16
/** Put into a map in one step of loading. */
const STEP_ROWS = 4096

/**
 * Collision-free embedding table of one field (Monolith, arXiv 2209.07663): value -> row. A value gets a row of its
 * own with its `admissionCount`-th sighting and loses it after `idleExpiryDays` without one; otherwise it shares row 0.
 * At the bound the rows idle longest make room. A fresh row depends on (seed, field, value), not on who came before.
 */
export class EmbeddingTable {
  readonly field: string
  readonly rows: EmbeddingRows
  readonly #settings: EmbeddingTableSettings
  readonly #rowOf = new Map<string, number>()
  /** Value of each row; null for row 0 and for rows that were given up. */
  #valueOf: (string | null)[] = [null]
  #lastSeenMs: number[] = [0]
  #free: number[] = []
  /** Values on their way to a row, oldest first. */
  readonly #candidates = new Map<string, Candidate>()
  readonly #random = new KeyedRandom()

  constructor(field: string, settings: EmbeddingTableSettings) {
    this.field = field
    this.#settings = settings
    this.rows = new EmbeddingRows(settings.width, FIRST_CAPACITY)
  }

  /** Values that have a row of their own. */
  get size(): number {
    return this.#rowOf.size
  }

  /** The value's row, or row 0. */
  find(value: string): number {
    return this.#rowOf.get(value) ?? UNSEEN_ROW
  }

  /** Counts a sighting in training at an event time; returns the row the value has now. */
  sight(value: string, eventTime: number): number {
    const row = this.#rowOf.get(value)
    if (row !== undefined) {
      if (eventTime > this.#lastSeenMs[row]) this.#lastSeenMs[row] = eventTime
      return row
    }
    const candidate = this.#candidates.get(value) ?? { sightings: 0, lastSeenMs: eventTime }
    candidate.sightings++
    candidate.lastSeenMs = Math.max(candidate.lastSeenMs, eventTime)
    if (candidate.sightings >= this.#settings.admissionCount) {
      this.#candidates.delete(value)
      return this.#admit(value, candidate.lastSeenMs)
    }
    if (this.#candidates.size >= this.#settings.maxRows) this.#dropOldestCandidate()
    this.#candidates.set(value, candidate)
    return UNSEEN_ROW
  }

  /** Gives up what was not sighted for `idleExpiryDays` before `nowMs` (event time). Returns the number of rows. */
  expire(nowMs: number): number {
    const before = nowMs - this.#settings.idleExpiryDays * DAY_MS
    let expired = 0
    for (let row = 1; row < this.#valueOf.length; row++) {
      if (this.#valueOf[row] === null || this.#lastSeenMs[row] >= before) continue
      this.#giveUp(row)
      expired++
    }
    for (const [value, candidate] of this.#candidates) {
      if (candidate.lastSeenMs < before) this.#candidates.delete(value)
    }
    return expired
  }

  /** Forgets a value and what was learnt of it; true when it was known. */
  erase(value: string): boolean {
    const row = this.#rowOf.get(value)
    if (row !== undefined) this.#giveUp(row)
    return this.#candidates.delete(value) || row !== undefined
  }

  /** Forgets all values. */
  clear(): void {
    this.#rowOf.clear()
    this.#valueOf = [null]
    this.#lastSeenMs = [0]
    this.#free = []
    this.#candidates.clear()
    this.rows.load(FIRST_CAPACITY, new Float32Array(0), new Float32Array(0), new Int32Array(0))
  }

  /** `erase` of every such value, by a pass over all of them. Returns how many there were. */
  eraseWhere(isOf: (value: string) => boolean): number {
    let erased = 0
    for (const [value, row] of this.#rowOf) {
      if (!isOf(value)) continue
      this.#giveUp(row)
      erased++
    }
    for (const value of this.#candidates.keys()) {
      if (isOf(value) && this.#candidates.delete(value)) erased++
    }
    return erased
  }

  /** Adds the table's state to a checkpoint. */
  save(sections: CheckpointSections): void {
    const used = this.#valueOf.length
    const put = (name: string, section: CheckpointSections[string]): unknown =>
      (sections[`table/${this.field}/${name}`] = section)
    put(
      'values',
      this.#valueOf.map((value) => value ?? ''),
    )
    put('lastSeenMs', Float64Array.from(this.#lastSeenMs))
    put('free', Int32Array.from(this.#free))
    put('embeddings', this.rows.values.slice(0, used * this.#settings.width))
    put('secondMoments', this.rows.secondMoments.slice(0, used))
    put('lastSteps', this.rows.lastSteps.slice(0, used))
    put('candidates', [...this.#candidates.keys()])
    put(
      'sightings',
      Int32Array.from(this.#candidates.values(), ({ sightings }) => sightings),
    )
    put(
      'candidatesLastSeenMs',
      Float64Array.from(this.#candidates.values(), ({ lastSeenMs }) => lastSeenMs),
    )
  }

  /** Replaces the table's state by that of a checkpoint, in steps; of use again after the last. */
  *loadInSteps(sections: CheckpointSections): Generator<void, void> {
    const get = (name: string): CheckpointSections[string] => {
      const section = sections[`table/${this.field}/${name}`]
      if (!section) throw new LifecycleError('corrupt', `Cannot restore field '${this.field}': it has no ${name}`)
      return section
    }
    const values = get('values') as readonly string[]
    this.#free = [...(get('free') as Int32Array)]
    const free = new Set(this.#free)
    this.#lastSeenMs = [...(get('lastSeenMs') as Float64Array)]
    this.#valueOf = []
    this.#rowOf.clear()
    for (const [row, value] of values.entries()) {
      const isHeld = row !== UNSEEN_ROW && !free.has(row)
      this.#valueOf.push(isHeld ? value : null)
      if (isHeld) this.#rowOf.set(value, row)
      if (row % STEP_ROWS === STEP_ROWS - 1) yield
    }
    let capacity = FIRST_CAPACITY
    while (capacity < values.length) capacity *= 2
    this.rows.load(
      capacity,
      get('embeddings') as Float32Array,
      get('secondMoments') as Float32Array,
      get('lastSteps') as Int32Array,
    )
    yield
    this.#candidates.clear()
    const sightings = get('sightings') as Int32Array
    const lastSeenMs = get('candidatesLastSeenMs') as Float64Array
    for (const [i, value] of (get('candidates') as readonly string[]).entries()) {
      this.#candidates.set(value, { sightings: sightings[i], lastSeenMs: lastSeenMs[i] })
      if (i % STEP_ROWS === STEP_ROWS - 1) yield
    }
  }

  #admit(value: string, eventTime: number): number {
    if (this.#rowOf.size >= this.#settings.maxRows) this.#evictIdlest()
    const row = this.#free.pop() ?? this.#valueOf.length
    if (row >= this.rows.capacity) this.rows.grow(this.rows.capacity * 2)
    this.#rowOf.set(value, row)
    this.#valueOf[row] = value
    this.#lastSeenMs[row] = eventTime
    const fresh = this.rows.reset(row)
    this.#random.reset(this.#settings.seed, hashString53(value, 0), hashString(this.field, 0), 0)
    for (let d = 0; d < fresh.length; d++) fresh[d] = normalVariate(this.#random) * this.#settings.init
    return row
  }

  /** Makes room for a sixteenth at once, so that the sort is paid once in many admissions. */
  #evictIdlest(): void {
    const rows = [...this.#rowOf.values()]
    rows.sort((a, b) => this.#lastSeenMs[a] - this.#lastSeenMs[b] || a - b)
    for (const row of rows.slice(0, Math.max(1, rows.length >> 4))) this.#giveUp(row)
  }

  #giveUp(row: number): void {
    this.#rowOf.delete(this.#valueOf[row]!)
    this.#valueOf[row] = null
    this.rows.reset(row).fill(0)
    this.#free.push(row)
  }

  #dropOldestCandidate(): void {
    for (const value of this.#candidates.keys()) {
      this.#candidates.delete(value)
      return
    }
  }
}
