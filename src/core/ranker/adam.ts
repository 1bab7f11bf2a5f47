/** Adam (Kingma and Ba 2015). */
export interface AdamSettings {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/**
 * One step, in place, over arrays of one length; `step` counts from 1 for the bias correction. Typed arrays and not
 * backend kernels: at this size a dozen small kernels a matrix cost more than the loop.
 */
export function adamStep(
  values: Float32Array,
  gradient: Float32Array,
  firstMoments: Float32Array,
  secondMoments: Float32Array,
  { learningRate, beta1, beta2, epsilon }: AdamSettings,
  step: number,
): void {
  const rate = learningRate / (1 - beta1 ** step)
  const spread = 1 / (1 - beta2 ** step)
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i]
    const first = beta1 * firstMoments[i] + (1 - beta1) * g
    const second = beta2 * secondMoments[i] + (1 - beta2) * g * g
    firstMoments[i] = first
    secondMoments[i] = second
    values[i] -= (rate * first) / (Math.sqrt(second * spread) + epsilon)
  }
}
