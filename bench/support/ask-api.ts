/**
 * Asks the API as kafka-api.ts says, in a process of its own: what makes the events must not hold up what measures.
 *
 *     node --import tsx bench/support/ask-api.ts ADDRESS SECONDS
 */
import { setTimeout } from 'node:timers/promises'
import { type Answer, LeanClient } from './lean-client.ts'
import { check, report } from './report.ts'

const [, , ADDRESS, SECONDS] = process.argv
const seconds = Number(SECONDS)
const READS_PER_SECOND = 100
const RANKS_PER_SECOND = 20
const CANDIDATES = 100
const READY_WITHIN_MS = 120_000
const WARM_UP_SECONDS = 5
const client = new LeanClient(ADDRESS)

await untilRanking()
const { users } = await getJson<{ users: { userId: string }[] }>('/v1/users?limit=1000')
const ids = users.map(({ userId }) => userId)
// The first requests compile the handlers.
await measure(READS_PER_SECOND, WARM_UP_SECONDS, read)
report(`reads at ${READS_PER_SECOND}/s`, await measure(READS_PER_SECOND, seconds, read))
await measure(RANKS_PER_SECOND, WARM_UP_SECONDS, rank)
report(`rank of ${CANDIDATES} at ${RANKS_PER_SECOND}/s`, await measure(RANKS_PER_SECOND, seconds, rank))
const { memory, view, freshness } = await getJson<{
  memory: { rssBytes: number }
  view: { lagRecords: number }
  freshness: { lagSeconds: number }
}>('/v1/operations')
const lag = `behind by ${view.lagRecords} records, ${freshness.lagSeconds} s`
report('the API', `${Math.round(memory.rssBytes / 2 ** 20)} MiB, ${lag}`)
client.close()

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
async function read(i: number): Promise<number> {
  const userId = userOf(i)
  const path = i % 20 === 0 ? '/v1/lifecycle' : `/v1/users/${userId}/${i % 5 === 0 ? 'timeline' : 'state'}`
  const { status, text, ms } = await client.ask('GET', path)
  check(status === 200, `${path} was answered with ${status}`)
  const answer = JSON.parse(text) as { state?: { userId: string }; userId?: string }
  if (i % 20 !== 0) check((answer.state ?? answer).userId === userId, `${path} is not of ${userId}`)
  return ms
}

async function rank(i: number): Promise<number> {
  const { text, ms } = await rankAnswer(userOf(i))
  const { order } = JSON.parse(text) as { order: string[] }
  check(order.length === CANDIDATES, `${order.length} of ${CANDIDATES} candidates came back`)
  return ms
}

function userOf(i: number): string {
  return ids[(i * 7919) % ids.length]
}

function rankAnswer(userId: string): Promise<Answer> {
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => ({
    itemId: `i${String(i).padStart(5, '0')}`,
    itemFeatures: { category: `c${i % 7}`, author: `a${i % 31}`, duration: String(i % 5) },
  }))
  return client.ask('POST', '/v1/rank', { userId, candidates, context: { hour: '20', tab: '1' } })
}

async function getJson<Body>(path: string): Promise<Body> {
  const { status, text } = await client.ask('GET', path)
  check(status === 200, `${path} was answered with ${status}`)
  return JSON.parse(text) as Body
}

/** Sends at a fixed rate, whatever becomes of earlier requests. */
async function measure(perSecond: number, seconds: number, send: (i: number) => Promise<number>): Promise<string> {
  const sent: Promise<number>[] = []
  const startedMs = performance.now()
  for (let i = 0; i < perSecond * seconds; i++) {
    const dueMs = startedMs + (i * 1000) / perSecond
    await setTimeout(Math.max(0, dueMs - performance.now()))
    sent.push(send(i))
  }
  const latencies = await Promise.all(sent)
  latencies.sort((a, b) => a - b)
  const at = (share: number): string => `${latencies[Math.floor((latencies.length - 1) * share)].toFixed(1)} ms`
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)}`
}
