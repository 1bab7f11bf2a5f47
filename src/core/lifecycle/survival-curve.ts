/** Share that lasts longer than `age`. */
export interface SurvivalStep {
  readonly age: number
  readonly share: number
}

/**
 * Kaplan and Meier's estimate (JASA 1958) of how long spells last, from counts by age in whole units: spells that ended
 * at an age, and spells still going on that have come to it. The steps go to the last age at which a spell ended; ties
 * count as ended before those going on.
 */
export function survivalCurve(
  ended: ReadonlyMap<number, number>,
  ongoing: ReadonlyMap<number, number>,
): readonly SurvivalStep[] {
  const ages = [...new Set([...ended.keys(), ...ongoing.keys()])].sort((a, b) => a - b)
  let atRisk = 0
  for (const count of [...ended.values(), ...ongoing.values()]) atRisk += count
  let share = 1
  const steps: SurvivalStep[] = []
  for (const age of ages) {
    const ends = ended.get(age) ?? 0
    if (ends > 0) {
      share *= 1 - ends / atRisk
      steps.push({ age, share })
    }
    atRisk -= ends + (ongoing.get(age) ?? 0)
  }
  return steps
}

/** The age at which half of the spells have ended; null while more than half last longer than what was seen. */
export function medianAge(steps: readonly SurvivalStep[]): number | null {
  return steps.find(({ share }) => share <= 0.5)?.age ?? null
}
