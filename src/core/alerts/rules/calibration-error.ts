import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'
import { addPrediction, calibrationErrorOf, calibrationNoiseOf, type PredictionBlock } from './prediction-block.ts'

/** The ranker's scores are not the rates that come true. */
export const CALIBRATION_ERROR = monitorRule<Record<string, PredictionBlock>>({
  definition: {
    kind: 'calibration-error',
    family: 'model',
    severity: 'warning',
    coolDownHours: 24,
    fireAfter: 2,
    clearAfter: 2,
    thresholds: {
      maxError: {
        default: 0.05,
        min: 0,
        max: 1,
        describe: 'Expected calibration error, less what chance makes, that is too much',
      },
      clearError: { default: 0.025, min: 0, max: 1, describe: 'Error at which it is fine again' },
      block: { default: 4096, min: 100, max: 1e7, describe: 'Predictions of a task of which one error is worked out' },
      warmUpExamples: { default: 50_000, min: 0, max: 1e12, describe: 'Examples that the ranker must have seen' },
    },
    ordered: [['clearError', 'maxError']],
    watches:
      'Expected calibration error of each task over blocks of predictions made before training (20 bins of equal width), ' +
      'less the error that calibrated scores would have by chance. Fires in two blocks running; resolved after two below clearError.',
    action:
      'Look at the reliability curve on the model page: too high or too low? Compare with the bundle’s age and with what changed in the labels.',
  },
  sees: ['prediction'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'prediction') return NO_VERDICTS
    const { maxError, clearError, block: size, warmUpExamples } = thresholds
    const { prediction } = observation
    if (prediction.exampleCount < warmUpExamples) return NO_VERDICTS
    return addPrediction(state, prediction, size).map(({ task, block }) => {
      const noise = calibrationNoiseOf(block)
      const error = Math.max(0, calibrationErrorOf(block) - noise)
      const level = error > maxError ? 'breach' : error <= clearError ? 'clear' : 'between'
      const evidence = {
        task,
        error: error.toFixed(4),
        bound: String(maxError),
        chance: noise.toFixed(4),
        examples: String(block.examples),
        exampleCount: String(prediction.exampleCount),
      }
      const message = `Calibration error of ${task} is ${evidence.error} over ${block.examples} predictions`
      return { subject: task, level, atMs: prediction.impressionTime, message, evidence } as const
    })
  },
})
