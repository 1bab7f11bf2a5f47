import * as tf from '@tensorflow/tfjs-core'
import type { NetworkGates } from './network-gates.ts'
import type { TaskGates } from './task-gates.ts'

/** Gates as plain numbers, [example][task]. */
export function explainGates(gates: NetworkGates, size: number, tasks: readonly string[]): TaskGates[][] {
  const weights = gates.experts.map((gate) => gate.weights.dataSync<'float32'>())
  const units = gates.units?.map((unit) => unitsOf(unit)) ?? null
  return Array.from({ length: size }, (_, b) =>
    tasks.map((_task, k) => {
      const { visible } = gates.experts[k]
      return {
        experts: visible.map((e, v) => ({
          expert: nameOf(e, tasks, gates.expertsPerTask),
          weight: weights[k][b * visible.length + v],
        })),
        units: units && {
          mean: units[k].mean[b],
          lowest: units[k].lowest[b],
          highest: units[k].highest[b],
        },
      }
    }),
  )
}

function unitsOf(unit: tf.Tensor) {
  return {
    mean: tf.mean(unit, 1).dataSync<'float32'>(),
    lowest: tf.min(unit, 1).dataSync<'float32'>(),
    highest: tf.max(unit, 1).dataSync<'float32'>(),
  }
}

function nameOf(e: number, tasks: readonly string[], expertsPerTask: number): string {
  const task = expertsPerTask > 0 ? Math.floor(e / expertsPerTask) : tasks.length
  if (task < tasks.length) return `${tasks[task]}-${(e % expertsPerTask) + 1}`
  return `shared-${e - tasks.length * expertsPerTask + 1}`
}
