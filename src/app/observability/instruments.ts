import { Counter, Histogram, type Metric } from 'prom-client'
import type { ReadRecord } from '../../io/log/log.ts'
import type { Logger } from './logger.ts'
import { NO_TRACING, type Tracing } from './tracing.ts'
import { LatencyHistogram } from './latency-histogram.ts'

const COMMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Where a record came from, for a log line. */
interface RecordPlace {
  readonly partition: number
  readonly offset: number
  readonly traceId?: string
}

/** What the parts of a process count, trace and log as they work. One for each process, handed on with its world. */
export class Instruments {
  /** Set before the work begins. */
  tracing: Tracing = NO_TRACING
  logger: Pick<Logger, 'warn' | 'debug'> | null = null
  private readonly commits = new Histogram({
    name: 'stan_commit_duration_seconds',
    help: 'Time of a transaction: outputs, positions and changelog',
    labelNames: ['role'],
    buckets: COMMIT_BUCKETS,
    registers: [],
  })
  private readonly published = new LatencyHistogram(
    'stan_event_to_publish_seconds',
    'Time from the timestamp of an input record (its append on Kafka, its event time on the embedded log) to the commit of its outputs',
  )
  private readonly trainSteps = new Histogram({
    name: 'stan_train_step_duration_seconds',
    help: 'Time to predict and train on one batch',
    buckets: COMMIT_BUCKETS,
    registers: [],
  })
  private readonly requests = new Histogram({
    name: 'stan_http_request_duration_seconds',
    help: 'Time to answer a request, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: COMMIT_BUCKETS,
    registers: [],
  })
  private readonly letters = new Counter({
    name: 'stan_dead_letters_by_class_total',
    help: 'Records that this process could not use, by cause',
    labelNames: ['class'],
    registers: [],
  })
  private readonly moves = new Counter({
    name: 'stan_stage_moves_total',
    help: 'Stage transitions that this process published, by stages',
    labelNames: ['from', 'to'],
    registers: [],
  })

  readonly metrics: readonly Metric[] = [
    this.commits,
    this.published as unknown as Metric,
    this.trainSteps,
    this.requests,
    this.letters,
    this.moves,
  ]

  /** A transaction that ended now, at `nowMs`, with the input records that it answers for. */
  committed(role: 'tracker' | 'ranker', seconds: number, inputs: readonly ReadRecord[], nowMs: number): void {
    this.commits.observe({ role }, seconds)
    for (const { timestamp } of inputs) this.published.observe((nowMs - timestamp) / 1000)
  }

  trained(seconds: number): void {
    this.trainSteps.observe(seconds)
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.requests.observe({ method, route, status: String(status) }, seconds)
  }

  deadLetter(cause: string, place: RecordPlace): void {
    this.letters.inc({ class: cause })
    this.logger?.warn({ ...place, cause }, 'dead letter')
  }

  moved(from: string | null, to: string): void {
    this.moves.inc({ from: from ?? 'none', to })
  }
}
