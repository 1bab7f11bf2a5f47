import { cgcGates } from '../cgc-gates.ts'
import { cgcLayer, cgcSpecs, type CgcShape, fusedExperts, mixtureOf } from '../cgc-layer.ts'
import { towerLogits, towerSpecs } from '../towers.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/**
 * Multi-gate mixture-of-experts (Ma et al., KDD 2018, equations 6 and 7): y_k = h^k(f^k(x)),
 * f^k(x) = sum over i of g^k(x)_i f_i(x), g^k(x) = softmax(W_gk x). A CGC layer all of whose experts are shared; it has
 * as many as PLE has of both kinds.
 */
export const mmoeMode: RankerMode = {
  network(settings, inputWidth) {
    const { tasks, expertsPerTask, sharedExperts, expertWidth, towerWidths } = settings
    const experts: CgcShape = {
      name: 'mmoe',
      taskCount: tasks.length,
      expertsPerTask: 0,
      sharedExperts: tasks.length * expertsPerTask + sharedExperts,
      expertWidth,
      inputWidth,
      first: true,
      last: true,
    }
    return {
      specs: [...cgcSpecs(experts), ...towerSpecs(tasks.length, expertWidth, towerWidths)],
      logits({ x }, w) {
        const mixed = cgcLayer([x], w, experts) // (B, I) -> f^1 .. f^T: (B, H)
        return towerLogits(mixed, w, towerWidths.length) // (B, T)
      },
      gates: ({ x }, w) => ({
        expertsPerTask: 0,
        experts: cgcGates(fusedExperts([x], w, experts), mixtureOf(experts)),
        units: null,
      }),
    }
  },
  ...PLAIN_LOSS,
}
