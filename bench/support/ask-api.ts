/**
 * Asks the API as kafka-api.ts says, in a process of its own: what makes the events must not hold up what measures.
 *
 *     node --import tsx bench/support/ask-api.ts ADDRESS SECONDS
 */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { check, report } from './report.ts'

const [, , ADDRESS, SECONDS] = process.argv
const seconds = Number(SECONDS)
const READS_PER_SECOND = 100
const RANKS_PER_SECOND = 20
const CANDIDATES = 100
const READY_WITHIN_MS = 120_000
const WARM_UP_SECONDS = 5
const agent = new Agent({ keepAlive: true })

await untilRanking()
const { users } = await getJson<{ users: { userId: string }[] }>('/v1/users?limit=1000')
const ids = users.map(({ userId }) => userId)
// The first requests compile the handlers.
await measure(READS_PER_SECOND, WARM_UP_SECONDS, (i) => read(ids, i))
report(`reads at ${READS_PER_SECOND}/s`, await measure(READS_PER_SECOND, seconds, (i) => read(ids, i)))
await measure(RANKS_PER_SECOND, WARM_UP_SECONDS, (i) => rank(ids, i))
report(`rank of ${CANDIDATES} at ${RANKS_PER_SECOND}/s`, await measure(RANKS_PER_SECOND, seconds, (i) => rank(ids, i)))
const { memory, view, freshness } = await getJson<{
  memory: { rssBytes: number }
  view: { lagRecords: number }
  freshness: { lagSeconds: number }
}>('/v1/operations')
const lag = `behind by ${view.lagRecords} records, ${freshness.lagSeconds} s`
report('the API', `${Math.round(memory.rssBytes / 2 ** 20)} MiB, ${lag}`)

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
  const { text } = await rankAnswer(ids[(i * 7919) % ids.length])
  const { order } = JSON.parse(text) as { order: string[] }
  check(order.length === CANDIDATES, `${order.length} of ${CANDIDATES} candidates came back`)
}

function rankAnswer(userId: string): Promise<Answer> {
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => ({
    itemId: `i${String(i).padStart(5, '0')}`,
    itemFeatures: { category: `c${i % 7}`, author: `a${i % 31}`, duration: String(i % 5) },
  }))
  return ask('POST', '/v1/rank', { userId, candidates, context: { hour: '20', tab: '1' } })
}

async function getJson<Body>(path: string): Promise<Body> {
  const { status, text } = await ask('GET', path)
  check(status === 200, `${path} was answered with ${status}`)
  return JSON.parse(text) as Body
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Without fetch, whose own work would be part of what is measured. */
async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const sent = request(`${ADDRESS}${path}`, { method, agent, headers })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) text += chunk as string
  return { status: answer.statusCode!, text }
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
