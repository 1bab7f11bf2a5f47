import type { KafkaConnection } from './kafka-connection.ts'
import { retryPassing } from './retry-passing.ts'

/** Long enough for a leader to move or a broker to restart. */
const WITHIN_MS = 30_000

/**
 * A commit returns before the brokers have marked its records as committed, which takes milliseconds; an open
 * transaction of somebody else may hide them for longer.
 */
const OWN_WITHIN_MS = 1_000
const OWN_PAUSE_MS = 2

/** Ends of partitions and positions of groups, by names in Kafka. */
export class KafkaOffsets {
  readonly #connection: KafkaConnection
  /** Ends and positions that this process has committed and not yet seen, with the time of the commit. */
  readonly #written = new Map<string, { readonly offset: number; readonly at: number }>()

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  /** Offset of the first record that is kept. */
  start(topic: string, partition: number): Promise<number> {
    return this.#ask(() => this.#connection.offsetOf(topic, partition, true))
  }

  /** The last stable offset, up to which committed records can be read. */
  end(topic: string, partition: number): Promise<number> {
    const key = `${topic}/${partition}`
    return this.#afterOwn(
      key,
      (end, written) => end >= written,
      () => this.#connection.offsetOf(topic, partition, false),
    )
  }

  /** Null where the group has committed none. */
  async committed(groupId: string, topic: string, partition: number): Promise<number | null> {
    const key = JSON.stringify([groupId, topic, partition])
    const request = { groupId, topics: [{ topic, partitions: [{ partition }] }] }
    const isOwn = (offset: number, written: number): boolean => offset === written
    const offset = await this.#afterOwn(key, isOwn, async () => {
      const { responses } = await this.#connection.withCoordinator('group', groupId, (broker) =>
        broker.offsetFetch(request),
      )
      return Number(responses[0]?.partitions[0]?.offset ?? -1)
    })
    return offset < 0 ? null : offset
  }

  /** Tells of a commit of this process whose last record in the partition has the offset before `end`. */
  wrote(topic: string, partition: number, end: number): void {
    this.#written.set(`${topic}/${partition}`, { offset: end, at: performance.now() })
  }

  /** Tells of a commit of this process that has moved a group's position. */
  moved(groupId: string, topic: string, partition: number, offset: number): void {
    this.#written.set(JSON.stringify([groupId, topic, partition]), { offset, at: performance.now() })
  }

  async #afterOwn(
    key: string,
    isSeen: (found: number, written: number) => boolean,
    request: () => Promise<number>,
  ): Promise<number> {
    for (;;) {
      const found = await this.#ask(request)
      const written = this.#written.get(key)
      if (written === undefined) return found
      if (isSeen(found, written.offset) || performance.now() - written.at > OWN_WITHIN_MS) {
        this.#written.delete(key)
        return found
      }
      await new Promise((resolve) => setTimeout(resolve, OWN_PAUSE_MS))
    }
  }

  #ask<T>(request: () => Promise<T>): Promise<T> {
    return retryPassing(request, {
      deadline: performance.now() + WITHIN_MS,
      between: () => this.#connection.refresh(),
    })
  }
}
