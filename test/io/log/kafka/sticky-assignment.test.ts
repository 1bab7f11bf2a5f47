import * as fc from '../../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { type AssignableMember, assignPartitions } from '../../../../src/io/log/kafka/sticky-assignment.ts'

/** Members that hold disjoint shares of 0 .. count - 1, as after an earlier assignment, and copies of anything. */
const groups = fc
  .record({
    count: fc.integer({ min: 1, max: 24 }),
    names: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 7 }),
    owners: fc.array(fc.nat(9), { minLength: 24, maxLength: 24 }),
    copies: fc.array(fc.tuple(fc.nat(6), fc.nat(23), fc.nat(50_000)), { maxLength: 30 }),
  })
  .map(({ count, names, owners, copies }) => {
    const members = names.map((memberId, index): AssignableMember => {
      const held = Array.from({ length: count }, (_, partition) => partition).filter((p) => owners[p] === index)
      const own = copies.filter(([member, partition]) => member === index && partition < count)
      return { memberId, held, lags: Object.fromEntries(own.map(([, partition, lag]) => [partition, lag])) }
    })
    return { count, members }
  })

function partitionsOf(shares: ReadonlyMap<string, readonly number[]>): number[] {
  return [...shares.values()].flat().sort((left, right) => left - right)
}

describe('sticky assignment', () => {
  it('gives every partition to one member, and no member two more than another', () => {
    fc.assert(
      fc.property(groups, ({ members, count }) => {
        const shares = assignPartitions(members, count)
        expect(partitionsOf(shares)).toEqual(Array.from({ length: count }, (_, partition) => partition))
        const sizes = [...shares.values()].map((share) => share.length)
        expect(sizes).toHaveLength(members.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('does not depend on the order of the members', () => {
    fc.assert(
      fc.property(groups, ({ members, count }) => {
        const reversed = assignPartitions([...members].reverse(), count)
        expect(Object.fromEntries(assignPartitions(members, count))).toEqual(Object.fromEntries(reversed))
      }),
    )
  })

  it('changes nothing when it is asked again', () => {
    fc.assert(
      fc.property(groups, ({ members, count }) => {
        const shares = assignPartitions(members, count)
        const again = members.map((member) => ({ ...member, held: shares.get(member.memberId)! }))
        expect(assignPartitions(again, count)).toEqual(shares)
      }),
    )
  })

  it('takes no partition from a member that holds no more than its share', () => {
    fc.assert(
      fc.property(groups, ({ members, count }) => {
        const shares = assignPartitions(members, count)
        const least = Math.floor(count / members.length)
        for (const { memberId, held } of members) {
          const kept = held.filter((partition) => shares.get(memberId)!.includes(partition))
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(held.length, least))
        }
      }),
    )
  })

  it('moves what a lost member held, and nothing else', () => {
    const before = assignPartitions(['a', 'b', 'c'].map(fresh), 9)
    const rest = ['a', 'b'].map((memberId) => ({ ...fresh(memberId), held: before.get(memberId)! }))
    const after = assignPartitions(rest, 9)
    for (const memberId of ['a', 'b'])
      expect(after.get(memberId)).toEqual(expect.arrayContaining(before.get(memberId)!))
  })

  it('gives a member that comes back under a new id the partitions of which it has copies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.nat(4), (size, each, gone) => {
        const count = size * each
        const names = Array.from({ length: size }, (_, index) => `m${index}`)
        const before = assignPartitions(names.map(fresh), count)
        const leaver = names[gone % size]
        const stayers = names.filter((name) => name !== leaver)
        const between = assignPartitions(
          stayers.map((memberId) => ({ ...fresh(memberId), held: before.get(memberId)! })),
          count,
        )
        const returned = { memberId: 'z', held: [], lags: Object.fromEntries(before.get(leaver)!.map((p) => [p, 10])) }
        const after = assignPartitions(
          [...stayers.map((memberId) => ({ ...fresh(memberId), held: between.get(memberId)! })), returned],
          count,
        )
        expect(after.get('z')).toEqual(before.get(leaver))
        for (const name of stayers) expect(after.get(name)).toEqual(before.get(name))
      }),
    )
  })

  it('prefers the copy that lacks least', () => {
    const members = [
      { memberId: 'a', held: [], lags: { 0: 500, 1: 3 } },
      { memberId: 'b', held: [], lags: { 0: 4, 1: 900 } },
    ]
    expect(assignPartitions(members, 2)).toEqual(
      new Map([
        ['a', [1]],
        ['b', [0]],
      ]),
    )
  })

  it('shares nothing where there is nobody', () => {
    expect(assignPartitions([], 4)).toEqual(new Map())
  })
})

function fresh(memberId: string): AssignableMember {
  return { memberId, held: [], lags: {} }
}
