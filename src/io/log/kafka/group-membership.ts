import { AssignerProtocol, type Consumer, type Kafka, type PartitionAssigner } from 'kafkajs'
import type { Membership, MembershipListener } from '../log.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { type AssignableMember, assignPartitions, type MemberReport } from './sticky-assignment.ts'

export interface MembershipOptions {
  readonly kafka: Kafka
  readonly groupId: string
  /** Name of the topic in Kafka. */
  readonly topic: string
  readonly sessionTimeoutMs: number
  readonly listener: MembershipListener
  /** Told when the consumer has stopped for good. */
  readonly onFailure: (error: unknown) => void
}

const ASSIGNER = 'stan-sticky'
const VERSION = 1
/** Members find out that the group has changed at their next heartbeat. */
const HEARTBEAT_MS = 500

/**
 * Membership in a consumer group, for its assignment alone: nothing is fetched by it. Held partitions are worked on
 * while the group rebalances, since only an owner's writer can commit; so nothing stops but the partitions that move.
 */
export class GroupMembership implements Membership {
  readonly #options: MembershipOptions
  readonly #consumer: Consumer
  #held: readonly number[] = []
  #joined = false

  private constructor(options: MembershipOptions) {
    this.#options = options
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      partitionAssigners: [assignerOf(() => this.#report(), options.topic)],
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: HEARTBEAT_MS,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30, restartOnFailure: async () => false },
    })
  }

  static async join(options: MembershipOptions): Promise<GroupMembership> {
    const membership = new GroupMembership(options)
    await membership.#start()
    return membership
  }

  held(): readonly number[] {
    return this.#held
  }

  async leave(): Promise<void> {
    this.#held = []
    await this.#consumer.disconnect().catch(() => {})
  }

  async #start(): Promise<void> {
    const { topic, listener, onFailure } = this.#options
    const { GROUP_JOIN, CRASH } = this.#consumer.events
    const joined = new Promise<void>((resolve, reject) => {
      this.#consumer.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
        const partitions = [...(memberAssignment[topic] ?? [])].sort((left, right) => left - right)
        this.#consumer.pause([{ topic, partitions }])
        this.#move(partitions, listener)
        resolve()
      })
      this.#consumer.on(CRASH, ({ payload: { error } }) => {
        reject(kafkaFailure(`join the group ${this.#options.groupId}`, error) as Error)
        if (this.#joined) onFailure(error)
      })
    })
    joined.catch(() => {})
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: true })
    await this.#consumer.run({ autoCommit: false, eachBatch: async () => {} })
    await joined
    this.#joined = true
  }

  #move(partitions: readonly number[], listener: MembershipListener): void {
    const revoked = this.#held.filter((partition) => !partitions.includes(partition))
    const assigned = partitions.filter((partition) => !this.#held.includes(partition))
    this.#held = partitions
    if (revoked.length > 0) listener.revoked(revoked)
    if (assigned.length > 0) listener.assigned(assigned)
  }

  #report(): MemberReport {
    const { listener } = this.#options
    return { held: this.#held, lags: listener.lags?.() ?? {} }
  }
}

/** kafkajs asks for the protocol at every join, so that the report is as of then. */
function assignerOf(report: () => MemberReport, topic: string): PartitionAssigner {
  return ({ cluster }) => ({
    name: ASSIGNER,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: ASSIGNER,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(report())),
      }),
    }),
    assign: async ({ members }) => {
      const count = cluster.findTopicPartitionMetadata(topic).length
      const reports = members.map(({ memberId, memberMetadata }): AssignableMember => {
        const { userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata)!
        return { memberId, ...(JSON.parse(userData.toString()) as MemberReport) }
      })
      return [...assignPartitions(reports, count)].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: partitions },
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
}
