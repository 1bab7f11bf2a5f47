import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { inCell } from './crash-cell.ts'
import type { CrashProcess } from './crash-process.ts'
import { CRASH_INPUT } from './crash-reference.ts'
import type { CrashStep } from './crash-steps.ts'
import { until } from './crash-until.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const WITHIN_MS = 40_000

/** The only broker dies while slices are committed, and starts again; the tracker waits for it and goes on. */
export function brokerRestartCell(cluster: KafkaCluster, seed: number): Promise<string> {
  return inCell(cluster, async (cell) => {
    await cell.append(0, CRASH_INPUT.length)
    const process = cell.start()
    const at = await untilAtWork(process, seed)
    await cluster.stopNode(0)
    const wasTracked = process.count('store')
    await cluster.startNode(0)
    await cell.untilTracked(process)
    return `broker killed after ${at}, with ${wasTracked} slices tracked`
  })
}

/** One of three nodes dies for good; two copies are enough to go on. */
export function brokerLossCell(cluster: KafkaCluster, seed: number): Promise<string> {
  return inCell(cluster, async (cell) => {
    await cell.append(0, CRASH_INPUT.length)
    const process = cell.start()
    const at = await untilAtWork(process, seed)
    const node = createSeededRandom(seed).nextInt(3)
    await cluster.stopNode(node)
    await cell.untilTracked(process)
    return `node ${node + 1} of 3 killed after ${at}`
  })
}

async function untilAtWork(process: CrashProcess, seed: number): Promise<string> {
  const random = createSeededRandom(seed)
  const step = (['fold', 'produce', 'commit'] as const)[random.nextInt(3)] satisfies CrashStep
  const occurrence = 2 + random.nextInt(6)
  await until('the tracker is at work', WITHIN_MS, async () => {
    process.requireAlive()
    return process.count(step) >= occurrence
  })
  return `${step} ${occurrence}`
}
