import type { Tensor } from '@tensorflow/tfjs-core'
import { cgcGates } from './cgc-gates.ts'
import { cgcLayer, cgcSpecs, type CgcShape, fusedExperts, mixtureOf } from './cgc-layer.ts'
import type { WeightSpec, Weights } from './dense-weights.ts'
import type { ExpertGate } from './network-gates.ts'
import type { RankerSettings } from './ranker-settings.ts'
import type { RightNetwork } from './right-network.ts'
import { towerLogits, towerSpecs } from './towers.ts'

/** PLE without its towers. */
export interface PleLevels {
  readonly specs: readonly WeightSpec[]
  /** (B, I) -> h_1 .. h_T: (B, H). */
  readonly hidden: (x: Tensor, w: Weights) => Tensor[]
  /** The tasks' gates of the last level. */
  readonly gates: (x: Tensor, w: Weights) => ExpertGate[]
}

/**
 * Progressive layered extraction (Tang et al., RecSys 2020, equations 5 and 6): `levels` CGC layers, then a tower a task.
 * STAN's right branch is this with one level.
 */
export function pleNetwork(settings: RankerSettings, inputWidth: number): RightNetwork {
  const { tasks, expertWidth, towerWidths } = settings
  const { specs, hidden, gates } = pleLevels(settings, inputWidth)
  return {
    specs: [...specs, ...towerSpecs(tasks.length, expertWidth, towerWidths)],
    logits: ({ x }, w) => towerLogits(hidden(x, w), w, towerWidths.length), // y_k = t_k(h_k): (B, T)
    gates: ({ x }, w) => ({ expertsPerTask: settings.expertsPerTask, experts: gates(x, w), units: null }),
  }
}

export function pleLevels(settings: RankerSettings, inputWidth: number): PleLevels {
  const levels: CgcShape[] = []
  for (let level = 0; level < settings.levels; level++) {
    levels.push({
      name: `cgc${level}`,
      taskCount: settings.tasks.length,
      expertsPerTask: settings.expertsPerTask,
      sharedExperts: settings.sharedExperts,
      expertWidth: settings.expertWidth,
      inputWidth: level === 0 ? inputWidth : settings.expertWidth,
      first: level === 0,
      last: level === settings.levels - 1,
    })
  }
  return {
    specs: levels.flatMap(cgcSpecs),
    hidden(x, w) {
      let streams: Tensor[] = [x]
      for (const level of levels) streams = cgcLayer(streams, w, level) // h_1 .. h_T, h_s: (B, H)
      return streams
    },
    gates(x, w) {
      let streams: Tensor[] = [x]
      for (const level of levels.slice(0, -1)) streams = cgcLayer(streams, w, level)
      const last = levels.at(-1)!
      return cgcGates(fusedExperts(streams, w, last), mixtureOf(last))
    },
  }
}
