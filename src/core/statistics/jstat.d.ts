/** The part of jStat 1.9 that this project uses; the package brings no types. */
declare module 'jstat' {
  interface ContinuousDistribution {
    inv(p: number, first: number, second: number): number
    cdf(x: number, first: number, second: number): number
  }
  const jStat: {
    readonly normal: ContinuousDistribution
    readonly beta: ContinuousDistribution
    readonly studentt: { inv(p: number, degrees: number): number }
    gammaln(x: number): number
    ibeta(x: number, a: number, b: number): number
  }
  export default jStat
}
