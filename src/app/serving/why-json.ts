import type { FieldDifference } from '../replay/first-field.ts'
import type { Belief, WhyMove, WhyStep } from '../replay/why.ts'
import { probabilitiesJson, tasksJson, timeJson } from './state-json.ts'

/** A move as the API gives it. */
export function moveJson(move: WhyMove, partition: number): Record<string, unknown> {
  const { heldForMs, decided, raised, ...rest } = move
  return {
    ...rest,
    heldForSeconds: heldForMs / 1000,
    decided: stepJson(decided, partition),
    raised: raised.map((step) => stepJson(step, partition)),
  }
}

/** A field with both values; one that is not there is left out. */
export function differenceJson({ field, found, replayed }: FieldDifference): Record<string, unknown> {
  return { field, from: found, to: replayed }
}

function stepJson({ timeMs, offset, cause, task, before, after }: WhyStep, partition: number): Record<string, unknown> {
  return {
    time: timeJson(timeMs),
    position: { partition, offset },
    cause,
    task,
    before: before && beliefJson(before),
    after: beliefJson(after),
  }
}

function beliefJson({ stageProbabilities, tasks, bundleVersion }: Belief): Record<string, unknown> {
  return { stageProbabilities: probabilitiesJson(stageProbabilities), tasks: tasksJson(tasks), bundleVersion }
}
