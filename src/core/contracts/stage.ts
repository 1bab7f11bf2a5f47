/** Lifecycle stages of STAN section 3, in the order of the decision list. */
export const STAGES = ['new', 'wander', 'stick', 'loyal'] as const
export type Stage = (typeof STAGES)[number]

export function byStage<Value>(valueOf: (stage: Stage) => Value): Record<Stage, Value> {
  return Object.fromEntries(STAGES.map((stage) => [stage, valueOf(stage)])) as Record<Stage, Value>
}

/** Index of a stage in STAGES; arrays of stage probabilities use this order. */
export function stageIndex(stage: Stage): number {
  return STAGES.indexOf(stage)
}
