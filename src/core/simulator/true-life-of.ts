import { STAGES, type Stage } from '../contracts/stage.ts'
import { advanceDay, firstDay, type UserDay } from './stage-chain.ts'
import { userIndexOf, type World } from './world.ts'

/** The hidden life of a simulated user, day by day: index 0 is `arrivalDay`, a day of the world. */
export interface TrueLife {
  readonly arrivalDay: number
  readonly stages: readonly Stage[]
  readonly present: readonly boolean[]
}

/** From the user's first day to `lastDay`, both included. Throws RangeError when the world does not have the user. */
export function trueLifeOf(world: World, userId: string, lastDay: number): TrueLife {
  const { settings, arrivalDays } = world
  const user = userIndexOf(world, userId)
  const arrivalDay = arrivalDays[user]
  const stages: Stage[] = []
  const present: boolean[] = []
  const today: UserDay = { stage: 0, present: false }
  for (let day = arrivalDay; day <= lastDay; day++) {
    if (day === arrivalDay) firstDay(settings, user, arrivalDay, today)
    else advanceDay(settings, user, day, today)
    stages.push(STAGES[today.stage])
    present.push(today.present)
  }
  return { arrivalDay, stages, present }
}
