import { type AbPlan, type OnDay, worldSeedOf } from './ab-plan.ts'
import { type Arm, learns } from './arms.ts'
import { ArmPlay, type PlayedArm } from './play-arm.ts'
import { splitUsers } from './split-users.ts'
import { emptyTotals, TOTALS, type UserTotals } from './user-totals.ts'

/** What every arm did for every user of one world, in the order of the plan's arms. */
export interface PlayedWorld {
  /** (U): which group a user is in. In play r group g has the arm (g + r) mod K of the K arms that learn. */
  readonly groups: Uint8Array
  readonly arms: readonly PlayedArm[]
}

/**
 * One world. Its users are split by a keyed hash into as many groups as there are arms that learn, and the world is played
 * once for each way round, so that every arm serves every group, always alone with it. The first play is the test as a
 * live one would be; all together pair every user with themselves. Yardsticks learn nothing and serve everybody.
 */
export async function playWorld(plan: AbPlan, worldIndex: number, onDay: OnDay): Promise<PlayedWorld> {
  const learning = plan.arms.filter(learns)
  const K = Math.max(1, learning.length)
  const groups = splitUsers(plan.users, K, worldSeedOf(plan, worldIndex))
  const played = new Map<Arm, PlayedArm>()
  for (const arm of plan.arms) {
    if (!learns(arm)) {
      played.set(arm, await new ArmPlay(plan, arm, worldIndex, () => true).play(onDay))
      continue
    }
    const parts: PlayedArm[] = []
    for (let group = 0; group < K; group++) {
      parts.push(await new ArmPlay(plan, arm, worldIndex, (user) => groups[user] === group).play(onDay))
    }
    played.set(arm, { before: sum(parts.map(({ before }) => before)), test: sum(parts.map(({ test }) => test)) })
  }
  return { groups, arms: plan.arms.map((arm) => played.get(arm)!) }
}

/** Days that playWorld tells of. */
export function daysOf({ arms, warmupDays, days }: AbPlan): number {
  const learning = arms.filter(learns).length
  return (warmupDays + days) * (learning * learning + arms.length - learning)
}

/** Each user is counted in one part alone. */
function sum(parts: readonly UserTotals[]): UserTotals {
  const totals = emptyTotals(parts[0].clicks.length)
  for (const part of parts) {
    for (const name of TOTALS) part[name].forEach((value, user) => (totals[name][user] += value))
  }
  return totals
}
