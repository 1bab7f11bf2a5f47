import jStat from 'jstat'

/** Quantile of the standard normal distribution, p in (0,1). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Cannot take the normal quantile of ${p}: it is not between 0 and 1`)
  return jStat.normal.inv(p, 0, 1)
}
