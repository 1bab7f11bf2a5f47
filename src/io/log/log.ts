/**
 * The log port: ordered partitions, positions, and outputs that become visible together with the positions they
 * came from. Implementations: embedded-log (LevelDB, durable) and memory-log (tests); Kafka joins behind the same port.
 */

/** Names of topics, without a prefix. `compacted` topics keep the latest record of each key. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
}

export interface LogRecord {
  /** Null where the topic has no key. On a compacted topic the key is required. */
  readonly key: Uint8Array | null
  /** Null is a tombstone: on a compacted topic the key is gone. */
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, Uint8Array>>
  /** Event time, unix ms. */
  readonly timestamp: number
}

/** Key, value and headers may be views into memory that other readers share: never write into them. */
export interface ReadRecord extends LogRecord {
  readonly offset: number
}

/** What a read returns. `nextOffset` is where to go on, also when compaction left holes. */
export interface LogSlice {
  readonly records: readonly ReadRecord[]
  readonly nextOffset: number
}

export interface OutputRecord extends LogRecord {
  readonly topic: string
  readonly partition: number
}

/** One input position of a consumer group: the next offset it has not yet consumed. */
export interface GroupPosition {
  readonly topic: string
  readonly partition: number
  readonly nextOffset: number
}

/** Outputs and positions that become visible together, or not at all. */
export interface LogTransaction {
  readonly group: string
  readonly outputs: readonly OutputRecord[]
  readonly positions: readonly GroupPosition[]
}

/**
 * Errors: LifecycleError `unknown-topic`, `unknown-partition`, `missing-key` (no key on a compacted topic), `corrupt`,
 * `closed`; RangeError for an offset, position, limit or timestamp that is no whole number.
 */
export interface Log {
  /** Creates topics that are missing. Throws LifecycleError `topic-mismatch` where one exists with other settings. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  topics(): readonly TopicSpec[]
  /**
   * Appends and returns the offset of each record, in the order given. All or nothing; the bytes are copied before the
   * call returns. Of several records with one key of a compacted topic, each has an offset and only the last is kept.
   */
  append(records: readonly OutputRecord[]): Promise<readonly number[]>
  /** Up to `limit` records of a partition from `offset` on; an empty slice at the end. Never waits. */
  read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice>
  /** Offset that the next record of the partition will get. */
  endOffset(topic: string, partition: number): Promise<number>
  commit(transaction: LogTransaction): Promise<void>
  /** Committed position of a group, or null when it has none. */
  committed(group: string, topic: string, partition: number): Promise<number | null>
  /**
   * Resolves after the next append or commit, or at once when the log closes. A reader that waits for records takes the
   * promise before the read that finds none.
   */
  changed(): Promise<void>
  close(): Promise<void>
}
