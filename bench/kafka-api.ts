/**
 * The API on Kafka while events flow in, tracker, ranker and broker beside it: latency of reads at a steady rate, each
 * sent whether or not those before are answered, and of ranking. Checks every answer.
 *
 *     node --import tsx bench/kafka-api.ts [events per second] [seconds of each part]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { KafkaFleet } from './support/kafka-fleet.ts'
import { check, printMachine, report } from './support/report.ts'
import { steadyLoad } from './support/steady-load.ts'
import { yieldCores } from './support/yield-cores.ts'

const EVENTS_PER_SECOND = Number(process.argv[2] ?? 500)
const SECONDS = Number(process.argv[3] ?? 30)
const PARTITIONS = 4
const PORT = 18_642

printMachine()
const fleet = await KafkaFleet.start({ partitions: PARTITIONS })
try {
  const tracker = fleet.run('tracker', 'tracker')
  const ranker = fleet.run('ranker', 'ranker')
  fleet.run('api', 'api', '--port', String(PORT))
  const script = fileURLToPath(new URL('support/ask-api.ts', import.meta.url))
  const args = ['--import', 'tsx', script, `http://127.0.0.1:${PORT}`, String(SECONDS)]
  const asking = once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
  // The API has its cores to itself elsewhere: here the others, this producer too, leave them to it.
  for (const pid of [...fleet.cluster.pids(), tracker.pid, ranker.pid, process.pid]) yieldCores(pid!)
  const startedMs = performance.now()
  const load = steadyLoad(fleet, EVENTS_PER_SECOND, 1)
  const [code] = (await asking) as [number | null]
  check(code === 0, `what asks the API ended with ${code}`)
  const produced = await load.stop()
  const perSecond = Math.round((produced * 1000) / (performance.now() - startedMs))
  report('events meanwhile', `${perSecond}/s of ${EVENTS_PER_SECOND}/s asked for`)
  check(perSecond > EVENTS_PER_SECOND / 2, 'too few events flowed in')
} finally {
  await fleet.stop()
}
