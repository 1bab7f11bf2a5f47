/** The part of a user's state that the hysteresis reads and moves. */
export interface StageHolder {
  stage: number
  stageSince: number
  challenger: number
  challengerSince: number
}

/**
 * Moves the published stage: a challenger takes over once its probability has led the holder's by `margin` for
 * `minLeadMs` without a break. Returns whether the stage changed.
 */
export function moveStage(
  holder: StageHolder,
  probabilities: readonly number[],
  timeMs: number,
  settings: { readonly margin: number; readonly minLeadMs: number },
): boolean {
  let best = 0
  for (let stage = 1; stage < probabilities.length; stage++)
    if (probabilities[stage] > probabilities[best]) best = stage
  if (best === holder.stage || probabilities[best] < probabilities[holder.stage] + settings.margin) {
    holder.challenger = -1
    holder.challengerSince = 0
    return false
  }
  if (holder.challenger !== best) {
    holder.challenger = best
    holder.challengerSince = timeMs
  }
  if (timeMs - holder.challengerSince < settings.minLeadMs) return false
  holder.stage = best
  holder.stageSince = timeMs
  holder.challenger = -1
  holder.challengerSince = 0
  return true
}

/** Index of the largest probability, the first of equals. */
export function mostProbable(probabilities: readonly number[]): number {
  let best = 0
  for (let stage = 1; stage < probabilities.length; stage++)
    if (probabilities[stage] > probabilities[best]) best = stage
  return best
}
