/**
 * The API's memory with many users: states of so many are published on the embedded log, then `run --role api` takes
 * them over. Checks that it counts them all.
 *
 *     node --import tsx bench/api-users.ts [users]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { configSchema } from '../src/app/config/config-schema.ts'
import { Pipeline } from '../src/app/pipeline.ts'
import { readTopic } from '../src/app/report/read-topic.ts'
import { TOPICS } from '../src/app/topics.ts'
import { openWorld } from '../src/app/wire.ts'
import type { UserId } from '../src/core/contracts/ids.ts'
import type { UserStateRecord } from '../src/core/contracts/user-state-record.ts'
import { simulatedInteractions } from '../test/support/simulated-interactions.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const USERS = Number(process.argv[2] ?? 1_000_000)
const BATCH = 5000
const PORT = 18_643
const QUIET_MS = 10_000
const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Operations {
  readonly memory: { readonly rssBytes: number }
  readonly view: { readonly lagRecords: number }
}

printMachine()
const dataDir = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
try {
  await publish()
  const startedMs = performance.now()
  const child = spawn(
    process.execPath,
    ['dist/main.js', 'run', '--role', 'api', '--data-dir', dataDir, '--port', String(PORT), '--backend', 'plain'],
    { cwd: ROOT, stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  let worst = 0
  for (;;) {
    await setTimeout(500)
    check(child.exitCode === null, `the API ended with ${child.exitCode}`)
    const operations = await operationsNow()
    if (!operations) continue
    worst = Math.max(worst, operations.memory.rssBytes)
    if (operations.view.lagRecords === 0) break
  }
  const tookMs = performance.now() - startedMs
  const { users } = (await (await fetch(`http://127.0.0.1:${PORT}/v1/lifecycle`)).json()) as { users: number }
  check(users === USERS, `it counts ${users} of ${USERS} users`)
  report(`view of ${USERS} users built`, `${(tookMs / 1000).toFixed(1)} s, ${perSecond(USERS, tookMs)} states`)
  await setTimeout(QUIET_MS)
  const quiet = (await operationsNow())!.memory.rssBytes
  report(
    'memory of the API',
    `${Math.round(worst / 2 ** 20)} MiB at most, ${Math.round(quiet / 2 ** 20)} MiB afterwards`,
  )
  child.kill('SIGTERM')
  await ended
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

/** States of simulated users under many names. */
async function publish(): Promise<void> {
  const config = configSchema.parse({ dataDir })
  const world = await openWorld(config, 'bench')
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  const events = simulatedInteractions(20_000, 1000)
  const { log, codecs } = world
  const key = (userId: string): Uint8Array => Buffer.from(userId)
  await log.append(
    events.map((event) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: key(event.userId),
      value: codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
  )
  await pipeline.finish()
  const samples = new Map<UserId, UserStateRecord>()
  for await (const { value } of readTopic(log, TOPICS.userStates)) {
    const state = codecs.userState.decodeOwn(value!)
    samples.set(state.userId, state)
  }
  const embedding = new Float32Array(48).fill(0.25)
  const states = [...samples.values()]
  for (let made = states.length; made < USERS; made += BATCH) {
    await log.append(
      Array.from({ length: Math.min(BATCH, USERS - made) }, (_, i) => {
        const userId = `user-${String(made + i).padStart(9, '0')}` as UserId
        const state = { ...states[(made + i) % states.length], userId, embedding }
        return {
          topic: TOPICS.userStates,
          partition: 0,
          key: key(userId),
          value: codecs.userState.encode(state),
          timestamp: state.eventTime,
        }
      }),
    )
  }
  pipeline.dispose()
  await world.close()
}

/** Null while it does not listen yet. */
async function operationsNow(): Promise<Operations | null> {
  try {
    return (await (await fetch(`http://127.0.0.1:${PORT}/v1/operations`)).json()) as Operations
  } catch {
    return null
  }
}
