import type { Tensor } from '@tensorflow/tfjs-core'
import { cgcLayer, cgcSpecs, type CgcShape } from './cgc-layer.ts'
import type { Weights } from './dense-weights.ts'
import type { RankerSettings } from './ranker-settings.ts'
import type { RightNetwork } from './right-network.ts'
import { towerLogits, towerSpecs } from './towers.ts'

/**
 * Progressive layered extraction (Tang et al., RecSys 2020): `levels` CGC layers, then a tower a task. STAN's right
 * branch is this with one level.
 */
export function pleNetwork(settings: RankerSettings, inputWidth: number): RightNetwork {
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
    specs: [
      ...levels.flatMap(cgcSpecs),
      ...towerSpecs(settings.tasks.length, settings.expertWidth, settings.towerWidths),
    ],
    logits(x: Tensor, w: Weights): Tensor {
      let streams: Tensor[] = [x]
      for (const level of levels) streams = cgcLayer(streams, w, level) // h_1 .. h_T, h_s: (B, H)
      return towerLogits(streams, w, settings.towerWidths.length) // (B, T)
    },
  }
}
