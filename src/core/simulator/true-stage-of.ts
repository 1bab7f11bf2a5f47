import { STAGES, type Stage } from '../contracts/stage.ts'
import { advanceDay, firstDay, type UserDay } from './stage-chain.ts'
import { DAY_MS, userIndexOf, type World } from './world.ts'

/**
 * Hidden stage of a user at a time, past or future, by walking the chain from the user's first day. A user that has not
 * arrived yet is `new`. Throws RangeError when the world does not have the user.
 */
export function trueStageOf(world: World, userId: string, timeMs: number): Stage {
  return STAGES[stageAt(world, userIndexOf(world, userId), timeMs)]
}

/** The same as indices: user in, stage out. */
export function stageAt(world: World, user: number, timeMs: number): number {
  const { settings, arrivalDays } = world
  const arrivalDay = arrivalDays[user]
  const lastDay = Math.floor((timeMs - settings.startTimeMs) / DAY_MS)
  const today: UserDay = { stage: 0, present: false }
  if (lastDay < arrivalDay) return 0
  firstDay(settings, user, arrivalDay, today)
  for (let day = arrivalDay + 1; day <= lastDay; day++) advanceDay(settings, user, day, today)
  return today.stage
}
