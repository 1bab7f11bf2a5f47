/**
 * What a new group's rate should be, given earlier groups: their mean, and its standard deviation as a prediction for
 * `trials` of the new one. Between the groups the rates vary by tau (moments of R. DerSimonian and N. Laird, Controlled
 * Clinical Trials 7, 1986); a prediction has tau, the mean's own uncertainty and the new group's binomial noise in it
 * (J. Higgins, S. Thompson, D. Spiegelhalter, JRSS A 172, 2009, section 4). Null for fewer than two groups.
 */
export function rateForecast(
  earlier: readonly { readonly users: number; readonly active: number }[],
  trials: number,
): { readonly mean: number; readonly deviation: number } | null {
  const groups = earlier.filter(({ users }) => users > 0)
  const users = groups.reduce((total, group) => total + group.users, 0)
  if (groups.length < 2 || trials <= 0) return null
  const mean = groups.reduce((total, group) => total + group.active, 0) / users
  // A rate of 0 or 1 so far is no certainty: half an observation more.
  const smoothed = (mean * users + 0.5) / (users + 1)
  const noise = smoothed * (1 - smoothed)
  const q = groups.reduce((total, group) => total + group.users * (group.active / group.users - mean) ** 2, 0) / noise
  const scale = (users - groups.reduce((total, group) => total + group.users ** 2, 0) / users) / noise
  const tauSquared = scale > 0 ? Math.max(0, (q - (groups.length - 1)) / scale) : 0
  const deviation = Math.sqrt(noise / trials + noise / users + tauSquared * (1 + 1 / groups.length))
  return { mean, deviation }
}
