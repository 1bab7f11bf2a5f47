/** What a member of the group says of itself when it joins. */
export interface MemberReport {
  /** Partitions it holds. */
  readonly held: readonly number[]
  /** Records of the changelog that its local copy of a partition lacks; partitions without a copy are not in it. */
  readonly lags: Readonly<Record<number, number>>
}

export interface AssignableMember extends MemberReport {
  readonly memberId: string
}

/**
 * Shares partitions 0 .. count - 1: numbers differ by one at most; a partition stays with its holder as far as that
 * goes, else it goes to the member whose copy of it lacks least, else to the one with the fewest. A holder of too many
 * gives up those first of which somebody else has a good copy: so a member that was away gets back what it had. A
 * function of its input alone, whatever its order.
 */
export function assignPartitions(members: readonly AssignableMember[], count: number): Map<string, number[]> {
  const sorted = [...members].sort((left, right) => compare(left.memberId, right.memberId))
  const shares = new Map(sorted.map(({ memberId }) => [memberId, [] as number[]]))
  if (sorted.length === 0) return shares
  const least = Math.floor(count / sorted.length)
  /** How many members may have one more than `least`. */
  let extras = count % sorted.length
  const hasRoom = (memberId: string): boolean => {
    const held = shares.get(memberId)!.length
    return held < least || (held === least && extras > 0)
  }
  const give = (memberId: string, partition: number): void => {
    const share = shares.get(memberId)!
    if (share.length === least) extras--
    share.push(partition)
  }
  const homeless: number[] = []
  for (const partition of leastCopiedFirst(sorted, count)) {
    const holder = sorted.find(({ memberId, held }) => held.includes(partition) && hasRoom(memberId))
    if (holder) give(holder.memberId, partition)
    else homeless.push(partition)
  }
  for (const partition of homeless) {
    const candidates = sorted.filter(({ memberId }) => hasRoom(memberId))
    const best = candidates.reduce((left, right) => (isBetter(right, left, partition, shares) ? right : left))
    give(best.memberId, partition)
  }
  for (const share of shares.values()) share.sort((left, right) => left - right)
  return shares
}

/** By the lag of the best copy that a member other than a holder has, longest first; none is the longest. */
function leastCopiedFirst(members: readonly AssignableMember[], count: number): number[] {
  const bestLags = Array.from({ length: count }, (_, partition) =>
    Math.min(...members.map(({ held, lags }) => (held.includes(partition) ? Infinity : (lags[partition] ?? Infinity)))),
  )
  return [...bestLags.keys()].sort((left, right) =>
    bestLags[left] === bestLags[right] ? left - right : bestLags[right] - bestLags[left],
  )
}

function isBetter(
  one: AssignableMember,
  other: AssignableMember,
  partition: number,
  shares: ReadonlyMap<string, readonly number[]>,
): boolean {
  const lag = one.lags[partition] ?? Infinity
  const otherLag = other.lags[partition] ?? Infinity
  if (lag !== otherLag) return lag < otherLag
  return shares.get(one.memberId)!.length < shares.get(other.memberId)!.length
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
