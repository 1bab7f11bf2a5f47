/**
 * The log port: ordered partitions, positions, and outputs that become visible together with the positions they
 * came from. Implementations: embedded-log (LevelDB, durable), kafka-log (scales out) and memory-log (tests).
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
  /** Event time, unix ms. A log may put the time of the append in its place. */
  readonly timestamp: number
}

/** Key, value and headers may be views into memory that other readers share: never write into them. */
export interface ReadRecord extends LogRecord {
  readonly offset: number
}

/** What a read returns. `nextOffset` is where to go on, also behind holes of compaction and of a log's own marks. */
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
 * Writes for one task, for example one input partition of the tracker. There is one valid writer per task: opening one
 * fences the earlier ones, in whatever process, whose commits then fail with LifecycleError `fenced` and leave nothing.
 */
export interface LogWriter {
  /** Returns the offset of each output, in the order given. */
  commit(transaction: LogTransaction): Promise<readonly number[]>
  close(): Promise<void>
}

/** Told which partitions come and go. A revoked one may already be at work elsewhere: its writer here is fenced. */
export interface MembershipListener {
  assigned(partitions: readonly number[]): void
  revoked(partitions: readonly number[]): void
  /**
   * Records of the changelog that local copies lack, by partition, for those that have a copy. A group prefers to give
   * a partition to a member with a copy; asked at every change of the group.
   */
  lags?(): Readonly<Record<number, number>>
}

/** One member's share of a topic's partitions in a group. */
export interface Membership {
  /** Partitions held now, ascending. */
  held(): readonly number[]
  /** Gives the partitions back to the group. The listener is not told. */
  leave(): Promise<void>
}

/** What to take away of a partition. */
export interface Removal {
  /** Records from here on stay. */
  readonly end: number
  /** False for stored bytes in which no such record can be: they are not decoded. */
  readonly mayHold: (bytes: Uint8Array) => boolean
  readonly isGone: (record: ReadRecord) => boolean
}

/** How long records of a partition are kept. Whole batches go, so that a few more may stay. */
export interface Expiry {
  /** Records that were appended before this time go, unix ms; null keeps every age. */
  readonly appendedBefore: number | null
  /** Bytes on disk that may stay; null for any number. What is not yet in LevelDB's tables does not count. */
  readonly maxBytes: number | null
  /** Records from here on stay, whatever their age: a reader has not come to them. */
  readonly keepFrom: number
}

/**
 * Removing from a log that lies on this machine. A removed record is a hole: all others keep their offsets, and a read
 * goes on behind it. Every call may be cut short at any moment and is simply made again.
 */
export interface LogUpkeep {
  /** Takes records away for good, batch by batch. Returns how many. */
  remove(topic: string, partition: number, removal: Removal): Promise<number>
  /** Remembers where every partition ends at a time, unix ms: that is how the age of records is known later. */
  mark(nowMs: number): Promise<void>
  /** Moves the start of a partition of a `delete` topic. Returns where it begins now. */
  expire(topic: string, partition: number, expiry: Expiry): Promise<number>
  /** Committed position of every group that has one in the partition. */
  positions(topic: string, partition: number): Promise<ReadonlyMap<string, number>>
  /** Memory of LevelDB, and of the batches kept for readers, bytes. */
  memory(): { readonly levelBytes: number; readonly batchBytes: number }
  /** Makes LevelDB merge its tables, so that the bytes of what was removed leave the disk. */
  purge(): Promise<void>
}

/**
 * Errors: LifecycleError `unknown-topic`, `unknown-partition`, `missing-key` (no key on a compacted topic), `corrupt`,
 * `fenced`, `closed`; RangeError for an offset, position, limit or timestamp that is no whole number.
 */
export interface Log {
  /** Tells this log from every other one; a state store belongs to one log. */
  readonly id: string
  /** Where the log lies on this machine. A log without it sees to its retention itself. */
  readonly upkeep?: LogUpkeep
  /** Creates topics that are missing. Throws LifecycleError `topic-mismatch` where one exists with other settings. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  topics(): readonly TopicSpec[]
  /**
   * Appends and returns the offset of each record, in the order given. All or nothing; the bytes are copied before the
   * call returns. Of several records with one key of a compacted topic, each has an offset and at least the last is kept.
   */
  append(records: readonly OutputRecord[]): Promise<readonly number[]>
  /**
   * Up to `limit` records of a partition from `offset` on; an empty slice where none has arrived. Never waits for one:
   * readAvailable in app does.
   */
  read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice>
  /** Offset of the first record that is kept. */
  startOffset(topic: string, partition: number): Promise<number>
  /** Offset up to which records can be read: that of the next record, or of a transaction that is still open. */
  endOffset(topic: string, partition: number): Promise<number>
  openWriter(task: string): Promise<LogWriter>
  /** Shares the partitions of a topic with the other members of the group. */
  join(group: string, topic: string, listener: MembershipListener): Promise<Membership>
  /** Committed position of a group, or null when it has none. */
  committed(group: string, topic: string, partition: number): Promise<number | null>
  /**
   * Resolves after the next append or commit, or at once when the log closes. A reader that waits for records takes the
   * promise before the read that finds none.
   */
  changed(): Promise<void>
  close(): Promise<void>
}
