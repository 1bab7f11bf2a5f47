import type { Consumer, Kafka } from 'kafkajs'
import type { Membership, MembershipListener } from '../log.ts'
import { groupAssigner } from './group-assigner.ts'
import { isPassing } from './kafka-errors.ts'
import type { TopicOffsets } from './kafka-connection.ts'

export interface MembershipOptions {
  readonly kafka: Kafka
  readonly groupId: string
  /** Name of the topic in Kafka. */
  readonly topic: string
  readonly sessionTimeoutMs: number
  readonly listener: MembershipListener
  /** Told when the group cannot be joined again. */
  readonly onFailure: (error: unknown) => void
}

/** Members find out that the group has changed at their next heartbeat. */
const HEARTBEAT_MS = 500
/** A consumer of kafkajs that has crashed stays so; for so long others are tried. */
const RESTART_WITHIN_MS = 120_000
const RESTART_PAUSE_MS = 1_000

/**
 * Membership in a consumer group, for its assignment alone: nothing is fetched by it. Held partitions are worked on
 * while the group rebalances, since only an owner's writer can commit; so nothing stops but the partitions that move.
 */
export class GroupMembership implements Membership {
  readonly #options: MembershipOptions
  #consumer: Consumer
  #held: readonly number[] = []
  #hasLeft = false

  private constructor(options: MembershipOptions) {
    this.#options = options
    this.#consumer = this.#createConsumer()
  }

  static async join(options: MembershipOptions): Promise<GroupMembership> {
    const membership = new GroupMembership(options)
    await membership.#start()
    return membership
  }

  held(): readonly number[] {
    return this.#held
  }

  /** Commits positions of the group as its member. */
  async commit(topics: readonly TopicOffsets[]): Promise<void> {
    await this.#consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) => partitions.map((position) => ({ topic, ...position }))),
    )
  }

  async leave(): Promise<void> {
    this.#hasLeft = true
    this.#held = []
    await this.#consumer.disconnect().catch(() => {})
  }

  #createConsumer(): Consumer {
    const { kafka, groupId, topic, sessionTimeoutMs, listener } = this.#options
    return kafka.consumer({
      groupId,
      partitionAssigners: [groupAssigner(topic, () => ({ held: this.#held, lags: listener.lags?.() ?? {} }))],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: HEARTBEAT_MS,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30, restartOnFailure: async () => false },
    })
  }

  async #start(): Promise<void> {
    const consumer = this.#consumer
    const { topic } = this.#options
    const { GROUP_JOIN, CRASH } = consumer.events
    let hasJoined = false
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
        hasJoined = true
        this.#move([...(memberAssignment[topic] ?? [])].sort((left, right) => left - right))
        resolve()
      })
      consumer.on(CRASH, ({ payload: { error } }) => {
        reject(error)
        if (hasJoined && !this.#hasLeft) void this.#restart(error)
      })
    })
    joined.catch(() => {})
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const running = consumer.run({ autoCommit: false, eachBatch: async () => {} })
    // Of the whole topic and before the first assignment, so that no partition is ever fetched.
    consumer.pause([{ topic }])
    await running
    await joined
  }

  /** What is held stays at work meanwhile: another owner's writer would end it. */
  async #restart(crash: unknown): Promise<void> {
    let error = crash
    const deadline = performance.now() + RESTART_WITHIN_MS
    while (isPassing(error) && performance.now() < deadline && !this.#hasLeft) {
      await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE_MS))
      if (this.#hasLeft) return
      this.#consumer = this.#createConsumer()
      try {
        await this.#start()
        if (this.#hasLeft) await this.leave()
        return
      } catch (failure) {
        error = failure
        await this.#consumer.disconnect().catch(() => {})
      }
    }
    if (!this.#hasLeft) this.#options.onFailure(error)
  }

  #move(partitions: readonly number[]): void {
    if (this.#hasLeft) return
    const revoked = this.#held.filter((partition) => !partitions.includes(partition))
    const assigned = partitions.filter((partition) => !this.#held.includes(partition))
    this.#held = partitions
    if (revoked.length > 0) this.#options.listener.revoked(revoked)
    if (assigned.length > 0) this.#options.listener.assigned(assigned)
  }
}
