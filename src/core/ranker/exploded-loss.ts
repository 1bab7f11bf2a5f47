/** A batch whose loss is so many times the usual one has come upon broken weights or broken numbers. */
const EXPLODED = 10
/** Share of a batch in the usual loss. */
const SHARE = 0.02

/** Why a step along this gradient must not be taken, or null. `meanLoss` is NaN before the first batch. */
export function reasonToRefuse(loss: number, meanLoss: number, gradients: readonly Float32Array[]): string | null {
  if (!Number.isFinite(loss)) return `its loss is ${loss}`
  if (loss > EXPLODED * meanLoss) return `its loss is ${loss.toPrecision(3)} where ${meanLoss.toPrecision(3)} is usual`
  return gradients.every(allFinite) ? null : 'its gradient is not finite'
}

function allFinite(values: Float32Array): boolean {
  // x * 0 is NaN for everything that is not finite.
  let zero = 0
  for (let i = 0; i < values.length; i++) zero += values[i] * 0
  return zero === 0
}

export function nextMeanLoss(meanLoss: number, loss: number): number {
  return Number.isNaN(meanLoss) ? loss : meanLoss + SHARE * (loss - meanLoss)
}
