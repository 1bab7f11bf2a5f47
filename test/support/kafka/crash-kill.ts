import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { type CrashCell, inCell } from './crash-cell.ts'
import type { CrashProcess } from './crash-process.ts'
import { CRASH_INPUT } from './crash-reference.ts'
import { type CrashAim, CRASH_STEPS, type CrashStep, type NextDataDir } from './crash-steps.ts'
import { until } from './crash-until.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const BEFORE_REVOKE = 2000
const WORKING_WITHIN_MS = 30_000

/** Kills a tracker at a seeded moment of a step; the next process must make everything as if nothing had happened. */
export function killCell(cluster: KafkaCluster, step: CrashStep, next: NextDataDir, seed: number): Promise<string> {
  const random = createSeededRandom(1000 * seed + CRASH_STEPS.indexOf(step))
  const aimAt = (at: CrashStep, most: number): CrashAim => {
    return { step: at, occurrence: 1 + random.nextInt(most), delayMs: random.nextInt(4), signal: 'SIGKILL' }
  }
  return inCell(cluster, async (cell) => {
    if (step === 'assign' || step === 'restore') {
      return killAtStart(cell, next, aimAt('commit', 12), aimAt(step, step === 'assign' ? 1 : 4))
    }
    if (step === 'revoke') return killAtRevoke(cell, next, aimAt(step, 2))
    return killAtWork(cell, next, aimAt(step, 12))
  })
}

async function killAtWork(cell: CrashCell, next: NextDataDir, aim: CrashAim): Promise<string> {
  await cell.append(0, CRASH_INPUT.length)
  const first = cell.start(undefined, aim)
  await first.untilKilled()
  await cell.untilTracked(cell.start(dataDirOf(cell, first, next)))
  return detailOf(aim, first)
}

/** A start that is killed matters where there is something to restore: a life before has left it. */
async function killAtStart(cell: CrashCell, next: NextDataDir, before: CrashAim, aim: CrashAim): Promise<string> {
  await cell.append(0, CRASH_INPUT.length)
  const first = cell.start(undefined, before)
  await first.untilKilled()
  const second = cell.start(dataDirOf(cell, first, next), aim)
  await second.untilKilled()
  await cell.untilTracked(cell.start(second.dataDir))
  return `${detailOf(before, first)}, then ${detailOf(aim, second)}`
}

/** A second member makes the first one give partitions back, under load; the first dies of it and comes back. */
async function killAtRevoke(cell: CrashCell, next: NextDataDir, aim: CrashAim): Promise<string> {
  await cell.append(0, BEFORE_REVOKE)
  const first = cell.start(undefined, aim)
  await until('the first process works', WORKING_WITHIN_MS, async () => first.count('store') > 0)
  const fed = cell.feed(BEFORE_REVOKE)
  try {
    const second = cell.start()
    await first.untilKilled()
    const third = cell.start(dataDirOf(cell, first, next))
    await fed
    await cell.untilTracked(second, third)
  } finally {
    await fed.catch(() => {})
  }
  return detailOf(aim, first)
}

function dataDirOf(cell: CrashCell, { dataDir }: CrashProcess, next: NextDataDir): string {
  return next === 'same data dir' ? dataDir : cell.freshDataDir()
}

function detailOf({ step, occurrence, delayMs }: CrashAim, { lastStep }: CrashProcess): string {
  return `killed ${delayMs} ms after ${step} ${occurrence}, last step ${lastStep}`
}
