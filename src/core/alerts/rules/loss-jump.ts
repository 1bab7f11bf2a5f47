import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'
import { addPrediction, type PredictionBlock } from './prediction-block.ts'

/** Weight of a new block in the running mean and variance, as of the last 20. */
const WEIGHT = 0.05
/** While the loss is high the mean follows slowly: what lasts is the new normal after some tens of blocks. */
const SLOW_WEIGHT = 0.01
/** Blocks before a jump can be told from the usual ups and downs. */
const MIN_BLOCKS = 8

interface TaskLoss {
  blocks: number
  mean: number
  variance: number
}

interface LossState {
  readonly open: Record<string, PredictionBlock>
  readonly tasks: Record<string, TaskLoss>
}

/** The ranker's loss jumps. */
export const LOSS_JUMP = monitorRule<LossState>({
  definition: {
    kind: 'loss-jump',
    family: 'model',
    severity: 'warning',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 2,
    thresholds: {
      deviations: {
        default: 5,
        min: 1,
        max: 100,
        describe: 'Standard deviations of the blocks before, above their mean',
      },
      minIncrease: { default: 0.1, min: 0, max: 100, describe: 'Relative increase of the loss, at least' },
      block: { default: 4096, min: 100, max: 1e7, describe: 'Predictions of a task of which one loss is worked out' },
      warmUpExamples: { default: 50_000, min: 0, max: 1e12, describe: 'Examples that the ranker must have seen' },
    },
    watches:
      'Log loss of each task over blocks of predictions made before training, against the running mean and deviation of ' +
      'the blocks before. Fires when it is above by both bounds; resolved after two blocks within half of the increase. ' +
      'The mean follows slowly while it is high.',
    action:
      'See whether the labels or the model jumped: compare the rate of positives with the loss on the model page.',
  },
  sees: ['prediction'],
  start: () => ({ open: {}, tasks: {} }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'prediction') return NO_VERDICTS
    const { deviations, minIncrease, block: size, warmUpExamples } = thresholds
    const { prediction } = observation
    if (prediction.exampleCount < warmUpExamples) return NO_VERDICTS
    return addPrediction(state.open, prediction, size).map(({ task, block }) => {
      const held = (state.tasks[task] ??= { blocks: 0, mean: 0, variance: 0 })
      const loss = block.lossSum / block.examples
      const { mean, blocks } = held
      const deviation = Math.sqrt(held.variance)
      const isJump = blocks >= MIN_BLOCKS && loss > mean + deviations * deviation && loss > mean * (1 + minIncrease)
      const isFine = blocks < MIN_BLOCKS || loss <= mean * (1 + minIncrease / 2)
      learn(held, loss, isFine ? WEIGHT : SLOW_WEIGHT)
      const evidence = {
        task,
        loss: loss.toFixed(4),
        before: mean.toFixed(4),
        deviation: deviation.toFixed(4),
        examples: String(block.examples),
        exampleCount: String(prediction.exampleCount),
      }
      const message = `Log loss of ${task} is ${evidence.loss}; it was ${evidence.before} before`
      const level = isJump ? 'breach' : isFine ? 'clear' : 'between'
      return { subject: task, level, atMs: prediction.impressionTime, message, evidence } as const
    })
  },
})

/** The first blocks count alike, later ones with the weight. */
function learn(held: TaskLoss, loss: number, least: number): void {
  held.blocks++
  const weight = Math.max(least, 1 / held.blocks)
  const fromMean = loss - held.mean
  held.mean += weight * fromMean
  held.variance = (1 - weight) * (held.variance + weight * fromMean * fromMean)
}
