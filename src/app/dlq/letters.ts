import type { DeadLetter, DeadLetterCause } from '../../core/contracts/dead-letter.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import { type Headers, readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import { type LetterPosition, readReplayMark } from '../../io/schemas/replay-headers.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { positionText } from './letter-position.ts'

/** A dead letter as it lies in the log. */
export interface StoredLetter extends LetterPosition {
  readonly letter: DeadLetter
  readonly attempt: number
  readonly key: Uint8Array | null
  readonly headers: Headers
  /** Of the bad record, unix ms; 0 for a line of a file. */
  readonly timestamp: number
  /** When it was replayed, unix ms; null when it was not. */
  readonly replayedMs: number | null
}

export interface LetterFilter {
  readonly cause?: DeadLetterCause
  readonly partition?: number
  /** Of the bad record's timestamp, both included. */
  readonly fromMs?: number
  readonly toMs?: number
}

const CHUNK = 1000

/**
 * The dead letters that a log holds now. Those that come later are not seen, so that a replay meets no letter of its
 * own making.
 */
export class Letters {
  readonly #log: Log
  readonly #ends: readonly number[]
  /** By position of the letter: when it was replayed. */
  readonly #replays = new Map<string, number>()

  private constructor(log: Log, ends: readonly number[]) {
    this.#log = log
    this.#ends = ends
  }

  static async open(log: Log): Promise<Letters> {
    const partitions = log.topics().find(({ name }) => name === TOPICS.deadLetters)?.partitions ?? 0
    const ends: number[] = []
    for (let partition = 0; partition < partitions; partition++) {
      ends.push(await log.endOffset(TOPICS.deadLetters, partition))
    }
    const letters = new Letters(log, ends)
    for (let partition = 0; partition < partitions; partition++) await letters.#readMarks(partition)
    return letters
  }

  /** Partition after partition, the oldest first. */
  async *list(filter: LetterFilter = {}): AsyncGenerator<StoredLetter, void, undefined> {
    for (let partition = 0; partition < this.#ends.length; partition++) {
      if (filter.partition !== undefined && filter.partition !== partition) continue
      for await (const record of this.#records(partition)) {
        const stored = this.#storedLetter(partition, record)
        if (stored && matches(stored, filter)) yield stored
      }
    }
  }

  /** Throws RangeError when no letter lies there; `action` is what for. */
  async at(position: LetterPosition, action: string): Promise<StoredLetter> {
    const refuse = (state: string) => new RangeError(`Cannot ${action} ${positionText(position)}: ${state}`)
    const { partition, offset } = position
    const count = this.#ends.length
    if (partition >= count) throw refuse(`${TOPICS.deadLetters} has ${count} partitions, counted from 0`)
    if (offset >= this.#ends[partition]) {
      throw refuse(`${TOPICS.deadLetters}/${partition} ends before offset ${this.#ends[partition]}`)
    }
    const start = await this.#log.startOffset(TOPICS.deadLetters, partition)
    if (offset < start) throw refuse(`${TOPICS.deadLetters}/${partition} begins at offset ${start}`)
    let stored: StoredLetter | null = null
    for await (const { records } of readTo(this.#log, TOPICS.deadLetters, partition, offset, offset + 1, 1)) {
      const [record] = records
      if (record?.offset === offset) stored = this.#storedLetter(partition, record)
    }
    if (!stored) throw refuse('the record there is no dead letter of this program; see `dlq list`')
    return stored
  }

  #storedLetter(partition: number, record: ReadRecord): StoredLetter | null {
    const { offset, key, value, headers = {}, timestamp } = record
    const dead = readDeadLetter(value, headers)
    const replayedMs = this.#replays.get(positionText({ partition, offset })) ?? null
    return dead && { partition, offset, ...dead, key, headers, timestamp, replayedMs }
  }

  async #readMarks(partition: number): Promise<void> {
    for await (const { value, headers, timestamp } of this.#records(partition)) {
      const offset = readReplayMark(value, headers)
      if (offset !== null) this.#replays.set(positionText({ partition, offset }), timestamp)
    }
  }

  async *#records(partition: number): AsyncGenerator<ReadRecord, void, undefined> {
    const from = await this.#log.startOffset(TOPICS.deadLetters, partition)
    for await (const { records } of readTo(
      this.#log,
      TOPICS.deadLetters,
      partition,
      from,
      this.#ends[partition],
      CHUNK,
    )) {
      yield* records
    }
  }
}

function matches({ letter, timestamp }: StoredLetter, { cause, fromMs = -Infinity, toMs = Infinity }: LetterFilter) {
  return (cause === undefined || letter.cause === cause) && timestamp >= fromMs && timestamp <= toMs
}
