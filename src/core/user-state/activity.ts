/**
 * A user's own gaps between sessions, as a running mean and variance of ln(gap in ms) (Welford). Silence is judged
 * against this distribution, taken as log-normal, and not against one threshold for everybody.
 */
export interface Activity {
  gapCount: number
  logGapMean: number
  /** Sum of squared deviations of ln(gap). */
  logGapSquares: number
}

export interface ActivitySettings {
  readonly sessionGapMs: number
  readonly gapQuantile: number
  readonly minDormantMs: number
  readonly defaultDormantMs: number
}

/** Gaps shorter than a session's end say nothing about returning and are left out. */
export function addGap(activity: Activity, gapMs: number, settings: ActivitySettings): void {
  if (gapMs < settings.sessionGapMs) return
  const logGap = Math.log(gapMs)
  activity.gapCount++
  const fromOldMean = logGap - activity.logGapMean
  activity.logGapMean += fromOldMean / activity.gapCount
  activity.logGapSquares += fromOldMean * (logGap - activity.logGapMean)
}

/** Silence after which the user is dormant, ms: the configured quantile of their gaps, within the settings' bounds. */
export function dormantAfterMs(activity: Activity, settings: ActivitySettings, normalQuantile: number): number {
  if (activity.gapCount < 3) return settings.defaultDormantMs
  const deviation = Math.sqrt(activity.logGapSquares / (activity.gapCount - 1))
  const silence = Math.exp(activity.logGapMean + normalQuantile * deviation)
  return Math.round(Math.max(settings.minDormantMs, Math.min(silence, 4 * settings.defaultDormantMs)))
}
