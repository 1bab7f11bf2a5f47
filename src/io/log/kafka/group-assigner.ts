import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { type AssignableMember, assignPartitions, type MemberReport } from './sticky-assignment.ts'

const NAME = 'stan-sticky'
const VERSION = 1

/**
 * Sticky assignment of one topic's partitions, as kafkajs wants it. It asks for the protocol at every join, so that the
 * member's report is as of then.
 */
export function groupAssigner(topic: string, report: () => MemberReport): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
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
