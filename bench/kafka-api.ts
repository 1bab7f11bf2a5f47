/**
 * The API on Kafka while events flow in, tracker, ranker and broker beside it: latency of reads at a steady rate, each
 * sent whether or not those before are answered, and of ranking. Checks every answer.
 *
 *     node --import tsx bench/kafka-api.ts [events per second] [seconds of each part]
 */
import { setTimeout } from 'node:timers/promises'
import { KafkaFleet } from './support/kafka-fleet.ts'
import { check, printMachine, report } from './support/report.ts'
import { steadyLoad } from './support/steady-load.ts'

const EVENTS_PER_SECOND = Number(process.argv[2] ?? 500)
const SECONDS = Number(process.argv[3] ?? 30)
const READS_PER_SECOND = 100
const RANKS_PER_SECOND = 20
const CANDIDATES = 100
const PARTITIONS = 4
const PORT = 18_642
const READY_WITHIN_MS = 120_000
const ADDRESS = `http://127.0.0.1:${PORT}`

printMachine()
const fleet = await KafkaFleet.start({ partitions: PARTITIONS })
try {
  fleet.run('tracker', 'tracker')
  fleet.run('ranker', 'ranker')
  fleet.run('api', 'api', '--port', String(PORT))
  const load = steadyLoad(fleet, EVENTS_PER_SECOND, 1)
  await untilRanking()
  const { users } = await getJson<{ users: { userId: string }[] }>('/v1/users?limit=1000')
  const ids = users.map(({ userId }) => userId)
  // The first requests compile the handlers.
  await measure(READS_PER_SECOND, 5, (i) => read(ids, i))
  const before = Date.now()
  report(
    `reads at ${READS_PER_SECOND}/s, events at ${EVENTS_PER_SECOND}/s`,
    await measure(READS_PER_SECOND, SECONDS, (i) => read(ids, i)),
  )
  await measure(RANKS_PER_SECOND, 5, (i) => rank(ids, i))
  report(
    `rank of ${CANDIDATES} at ${RANKS_PER_SECOND}/s`,
    await measure(RANKS_PER_SECOND, SECONDS, (i) => rank(ids, i)),
  )
  const { memory, view, freshness } = await getJson<{
    memory: { rssBytes: number }
    view: { lagRecords: number }
    freshness: { lagSeconds: number }
  }>('/v1/operations')
  const lag = `behind by ${view.lagRecords} records, ${freshness.lagSeconds} s`
  report('the API', `${Math.round(memory.rssBytes / 2 ** 20)} MiB, ${lag}`)
  const produced = await load.stop()
  check(produced > ((Date.now() - before) / 1000) * EVENTS_PER_SECOND * 0.5, `only ${produced} events flowed in`)
} finally {
  await fleet.stop()
}

async function untilRanking(): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  for (;;) {
    try {
      if ((await rankAnswer('somebody')).status === 200) return
    } catch {
      // It does not listen yet.
    }
    if (performance.now() > deadline) throw new Error(`No model within ${READY_WITHIN_MS} ms`)
    await setTimeout(500)
  }
}

/** States mostly, then timelines, and the counts of all. */
async function read(ids: readonly string[], i: number): Promise<void> {
  const userId = ids[(i * 7919) % ids.length]
  if (i % 20 === 0) await getJson('/v1/lifecycle')
  else if (i % 5 === 0) await getJson(`/v1/users/${userId}/timeline`)
  else {
    const { state } = await getJson<{ state: { userId: string } }>(`/v1/users/${userId}/state`)
    check(state.userId === userId, `the state of ${userId} is that of ${state.userId}`)
  }
}

async function rank(ids: readonly string[], i: number): Promise<void> {
  const answer = await rankAnswer(ids[(i * 7919) % ids.length])
  const { order } = (await answer.json()) as { order: string[] }
  check(order.length === CANDIDATES, `${order.length} of ${CANDIDATES} candidates came back`)
}

function rankAnswer(userId: string): Promise<Response> {
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => ({
    itemId: `i${String(i).padStart(5, '0')}`,
    itemFeatures: { category: `c${i % 7}`, author: `a${i % 31}`, duration: String(i % 5) },
  }))
  return fetch(`${ADDRESS}/v1/rank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId, candidates, context: { hour: '20', tab: '1' } }),
  })
}

async function getJson<Body>(path: string): Promise<Body> {
  const answer = await fetch(`${ADDRESS}${path}`)
  check(answer.status === 200, `${path} was answered with ${answer.status}`)
  return (await answer.json()) as Body
}

/** Sends at a fixed rate, whatever becomes of earlier requests. */
async function measure(perSecond: number, seconds: number, send: (i: number) => Promise<void>): Promise<string> {
  const latencies: number[] = []
  const sent: Promise<void>[] = []
  const startedMs = performance.now()
  for (let i = 0; i < perSecond * seconds; i++) {
    const dueMs = startedMs + (i * 1000) / perSecond
    await setTimeout(Math.max(0, dueMs - performance.now()))
    const sentMs = performance.now()
    sent.push(send(i).then(() => void latencies.push(performance.now() - sentMs)))
  }
  await Promise.all(sent)
  latencies.sort((a, b) => a - b)
  const at = (share: number): string => `${latencies[Math.floor((latencies.length - 1) * share)].toFixed(1)} ms`
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)}`
}
