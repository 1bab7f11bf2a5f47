/**
 * A ranker downstream of stan-lifecycle. Reads lines {"userId": .., "candidates": [..]} and answers each with a line.
 * It follows the HTTP API at STAN_API, or Kafka at STAN_BROKERS:
 *
 *     STAN_API=http://localhost:8080 npx tsx rank-for-users.ts < requests.jsonl
 */
import { createInterface } from 'node:readline'
import { connectStates } from 'stan-lifecycle/client'
import { type Candidate, rankCandidates } from './rank-candidates.ts'

const { STAN_API, STAN_TOKEN, STAN_BROKERS } = process.env
const origin = STAN_BROKERS
  ? { kafka: { brokers: STAN_BROKERS.split(',') } }
  : { sse: { url: STAN_API ?? 'http://localhost:8080', token: STAN_TOKEN } }

// States that may be more than a minute behind are marked, and the ranker does without them.
const states = await connectStates(origin, {
  maxLagMs: 60_000,
  onStale: 'mark',
  onFailure: (error) => process.stderr.write(`${error.message}\n`),
  onRejected: ({ origin: place, reason }) => process.stderr.write(`${place}: ${reason}\n`),
})
await states.ready

for await (const line of createInterface({ input: process.stdin })) {
  const { userId, candidates } = JSON.parse(line) as { userId: string; candidates: Candidate[] }
  process.stdout.write(`${JSON.stringify({ userId, ...rankCandidates(states.get(userId), candidates) })}\n`)
}
await states.close()
