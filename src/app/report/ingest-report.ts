import type { Prediction } from '../../core/contracts/prediction.ts'
import { byStage, type Stage } from '../../core/contracts/stage.ts'
import { type TaskMetrics, taskMetrics } from '../../core/ranker/metrics/task-metrics.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import { TOPICS } from '../topics.ts'
import { latestRecords } from './latest-records.ts'
import { readTopic } from './read-topic.ts'

/** Closing report of an ingest. Counts are of the data folder, except for the rows read in this run. */
export interface IngestReport {
  /** Rows read in this run. */
  readonly events: number
  /** Of these, rows that the data folder already held, and repeats that the tracker dropped in this run. */
  readonly duplicates: number
  readonly deadLetters: number
  readonly examples: number
  readonly users: number
  /** Rows of this run per second of its wall-clock time. */
  readonly eventsPerSecond: number
  readonly usersByStage: Readonly<Record<Stage, number>>
  readonly transitions: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Prequential, over the second half of all predictions. */
  readonly tasks: Readonly<Record<string, TaskMetrics>>
  readonly mode: string
  readonly backend: string
  readonly wallSeconds: number
  readonly peakRssBytes: number
}

/** Dead letters of all partitions, the readers' and the tracker's. */
export async function countDeadLetters(log: Log): Promise<number> {
  let count = 0
  // A replay leaves a mark in the topic, which is no letter.
  for await (const { value, headers } of readTopic(log, TOPICS.deadLetters)) if (readDeadLetter(value, headers)) count++
  return count
}

/** Users per stage from the latest states. */
export async function countUsersByStage(log: Log, codecs: RecordCodecs): Promise<Record<Stage, number>> {
  const counts = byStage(() => 0)
  for await (const { value } of latestRecords(log, TOPICS.userStates)) {
    if (value) counts[codecs.userState.decodeOwn(value).stage]++
  }
  return counts
}

/** Stage changes {from: {to: n}}; dormant and returned keep their stage and are not counted. */
export async function countTransitions(
  log: Log,
  codecs: RecordCodecs,
): Promise<Record<string, Record<string, number>>> {
  const counts: Record<string, Record<string, number>> = {}
  for await (const { value } of readTopic(log, TOPICS.stageTransitions)) {
    if (!value) continue
    const { from, to, reason } = codecs.stageTransition.decodeOwn(value)
    if (reason !== 'evidence') continue
    counts[from] ??= {}
    counts[from][to] = (counts[from][to] ?? 0) + 1
  }
  return counts
}

/** Prequential metrics over the second half of the predictions. */
export async function secondHalfMetrics(
  log: Log,
  codecs: RecordCodecs,
  tasks: readonly string[],
): Promise<Record<string, TaskMetrics>> {
  const half = Math.floor((await log.endOffset(TOPICS.predictions, 0)) / 2)
  const predictions: Prediction[] = []
  for await (const { value } of readTopic(log, TOPICS.predictions, half)) {
    if (value) predictions.push(codecs.prediction.decodeOwn(value))
  }
  return Object.fromEntries(tasks.map((task, k) => [task, taskMetrics(predictions, k)]))
}
