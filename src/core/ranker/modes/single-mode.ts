import { bottomSpecs, bottomWidth, taskBottoms } from '../task-bottoms.ts'
import { towerLogits, towerSpecs } from '../towers.ts'
import { PLAIN_LOSS } from './plain-loss.ts'
import type { RankerMode } from './ranker-mode.ts'

/** Single-task models side by side: one ReLU network a task, y_k = sigmoid(tower_k(bottom_k(x))). Embeddings are shared. */
export const singleMode: RankerMode = {
  network(settings, inputWidth) {
    const { tasks, towerWidths } = settings
    return {
      specs: [...bottomSpecs(settings, inputWidth), ...towerSpecs(tasks.length, bottomWidth(settings), towerWidths)],
      logits({ x }, w) {
        const bottoms = taskBottoms(x, w, tasks.length) // (B, I) -> T times (B, W)
        return towerLogits(bottoms, w, towerWidths.length) // (B, T)
      },
    }
  },
  ...PLAIN_LOSS,
}
