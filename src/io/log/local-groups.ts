import type { Membership, MembershipListener } from './log.ts'

interface Member {
  readonly listener: MembershipListener
  held: readonly number[]
}

/**
 * Groups of a log that one process holds: its members share the partitions of a topic evenly, and keep what they have
 * as far as that goes.
 */
export class LocalGroups {
  readonly #members = new Map<string, Member[]>()

  /** Joins a group that shares the partitions 0 .. partitionCount - 1 of a topic. */
  join(group: string, topic: string, partitionCount: number, listener: MembershipListener): Membership {
    const key = JSON.stringify([group, topic])
    const member: Member = { listener, held: [] }
    const members = this.#members.get(key) ?? []
    this.#members.set(key, [...members, member])
    this.#share(key, partitionCount)
    return {
      held: () => member.held,
      leave: async () => {
        const others = this.#members.get(key)!.filter((other) => other !== member)
        this.#members.set(key, others)
        member.held = []
        this.#share(key, partitionCount)
      },
    }
  }

  #share(key: string, partitionCount: number): void {
    const members = this.#members.get(key)!
    if (members.length === 0) return
    const most = Math.ceil(partitionCount / members.length)
    const free = new Set(Array.from({ length: partitionCount }, (_, partition) => partition))
    const shares = members.map(({ held }) => {
      const kept = held.slice(0, most)
      for (const partition of kept) free.delete(partition)
      return kept
    })
    for (const partition of free) {
      const least = shares.reduce((smallest, share) => (share.length < smallest.length ? share : smallest))
      least.push(partition)
    }
    // Everything is given up before anything is taken over.
    const changes = members.map((member, index) => {
      const share = shares[index].sort((left, right) => left - right)
      const revoked = member.held.filter((partition) => !share.includes(partition))
      const assigned = share.filter((partition) => !member.held.includes(partition))
      member.held = share
      return { member, revoked, assigned }
    })
    for (const { member, revoked } of changes) if (revoked.length > 0) member.listener.revoked(revoked)
    for (const { member, assigned } of changes) if (assigned.length > 0) member.listener.assigned(assigned)
  }
}
