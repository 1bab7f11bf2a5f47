import jStat from 'jstat'

/** Quantile of Student's t distribution, p in (0,1), with `degrees` > 0 degrees of freedom. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Cannot take the t quantile of ${p}: it is not between 0 and 1`)
  if (!(degrees > 0)) throw new RangeError(`Cannot take a t quantile with ${degrees} degrees of freedom`)
  return jStat.studentt.inv(p, degrees)
}
