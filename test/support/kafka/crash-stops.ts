import { setTimeout } from 'node:timers/promises'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { type CrashCell, inCell } from './crash-cell.ts'
import type { CrashProcess } from './crash-process.ts'
import { CRASH_INPUT } from './crash-reference.ts'
import type { CrashAim } from './crash-steps.ts'
import { until } from './crash-until.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const WITHIN_MS = 40_000
const BEFORE = 3000
const TRANSACTION_SECONDS = 3
const ABORTED_WITHIN_MS = 6000

function stopAt(step: CrashAim['step'], seed: number): CrashAim {
  const random = createSeededRandom(seed)
  return { step, occurrence: 1 + random.nextInt(8), delayMs: random.nextInt(2), signal: 'SIGSTOP' }
}

/**
 * A process hangs past the session time-out and comes back while a second one has its partitions: it must find itself
 * fenced, lose nothing, and work on.
 */
export function zombieCell(cluster: KafkaCluster, seed: number): Promise<string> {
  return inCell(cluster, async (cell) => {
    await cell.append(0, BEFORE)
    const aim = stopAt(seed % 2 === 0 ? 'commit' : 'produce', seed)
    const first = cell.start(undefined, aim)
    await first.untilHit()
    const second = cell.start()
    await until('the second process has every partition', WITHIN_MS, async () => {
      second.requireAlive()
      return second.count('store') > 0 && (await cell.isTracked())
    })
    const before = first.count('store')
    const fed = cell.feed(BEFORE)
    first.send('SIGCONT')
    await fed
    await cell.untilTracked(first, second)
    requireSaid(first, '"code":"fenced"')
    await until('the first process works again', WITHIN_MS, async () => first.count('restore') > 4)
    return `stopped at ${aim.step} ${aim.occurrence}, fenced, then ${first.count('store') - before} slices of its own`
  })
}

/** Members come and go at random, in order or by a kill, while events flow in. */
export function stormCell(cluster: KafkaCluster, members: number, seed: number): Promise<string> {
  const random = createSeededRandom(seed)
  return inCell(cluster, async (cell) => {
    const running = Array.from({ length: members }, () => cell.start())
    await until('they all work', WITHIN_MS, async () => running.every((process) => process.count('assign') > 0))
    const fed = cell.feed(0)
    const isFed = { now: false }
    const done = fed.finally(() => (isFed.now = true))
    let [kills, leaves] = [0, 0]
    try {
      for (let round = 0; round < 2 * members || !isFed.now; round++) {
        const at = random.nextInt(members)
        const { dataDir } = running[at]
        const isKill = random.nextInt(2) === 0
        if (isKill) await running[at].kill()
        else await running[at].stop()
        if (isKill) kills++
        else leaves++
        const next = (running[at] = cell.start(dataDir))
        const folds = 1 + random.nextInt(3)
        await until('the new member is at work, or has no work', WITHIN_MS, async () => {
          next.requireAlive()
          return next.count('fold') >= folds || (next.count('assign') > 0 && (await cell.isTracked()))
        })
      }
    } finally {
      await done.catch(() => {})
    }
    await cell.untilTracked(...running)
    return `${members} members, ${kills} killed, ${leaves} left and came back`
  })
}

/** A process hangs between sending and ending a transaction until the broker aborts it, and is still a member after. */
export function transactionTimeOutCell(cluster: KafkaCluster, seed: number): Promise<string> {
  const changes = { transactionTimeoutSeconds: TRANSACTION_SECONDS, sessionTimeoutSeconds: 30 }
  return inCell(
    cluster,
    async (cell) => {
      await cell.append(0, CRASH_INPUT.length)
      const aim = { ...stopAt('produce', seed), occurrence: 1 + (seed % 4), delayMs: 0 }
      const process = cell.start(undefined, aim)
      let tries = 1
      for (await process.untilHit(); !(await isAbortedMeanwhile(cell)); tries++) {
        // It was through before the signal came.
        process.aimAgain({ ...aim, occurrence: 1 })
        process.send('SIGCONT')
        await process.untilHit()
      }
      process.send('SIGCONT')
      await cell.untilTracked(process)
      requireSaid(process, '"code":"fenced"')
      return `stopped after ${aim.step} at try ${tries}, aborted by the broker, fenced and opened anew`
    },
    changes,
  )
}

/**
 * Whether the broker ends a transaction of a process that hangs. While one is open, what can be read ends before it: with
 * nobody else at work, that end moves when the transaction is aborted.
 */
async function isAbortedMeanwhile({ config, world }: CrashCell): Promise<boolean> {
  const ends = () =>
    Promise.all(Array.from({ length: config.partitions }, (_, p) => world.log.endOffset(TOPICS.changelog, p)))
  const before = await ends()
  const deadline = performance.now() + ABORTED_WITHIN_MS
  while (performance.now() < deadline) {
    if ((await ends()).some((end, partition) => end > before[partition])) return true
    await setTimeout(100)
  }
  return false
}

function requireSaid(process: CrashProcess, text: string): void {
  if (!process.said().includes(text)) throw new Error(`the process never said ${text}`)
}
