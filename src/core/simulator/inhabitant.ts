import { changeTaste, drawPerson, type Person } from './person.ts'
import { STAGE_BEHAVIOUR, STAGE_BEHAVIOUR_BY_APPEAL, type StageBehaviour } from './stage-behaviour.ts'
import { DAY_MS, type World } from './world.ts'

/** A user's lasting properties as they are at a time, before or after a change of the world. */
export function personAt(world: World, user: number, timeMs: number): Person {
  const { settings, segmentCentres, changedCentres } = world
  const person = drawPerson(settings.seed, user, segmentCentres)
  return hasChanged(world, 'tastes', timeMs) ? changeTaste(person, settings.seed, user, changedCentres) : person
}

/** How a stage (index in STAGES) behaves at a time. */
export function behaviourAt(world: World, stage: number, timeMs: number): StageBehaviour {
  const behaviours = world.settings.appeal === 'by-stage' ? STAGE_BEHAVIOUR_BY_APPEAL : STAGE_BEHAVIOUR
  return behaviours[hasChanged(world, 'stages', timeMs) ? STAGE_BEHAVIOUR.length - 1 - stage : stage]
}

function hasChanged({ settings }: World, change: World['settings']['change'], timeMs: number): boolean {
  return settings.change === change && timeMs >= settings.startTimeMs + settings.changeDay * DAY_MS
}
