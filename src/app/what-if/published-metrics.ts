import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { shadowOf } from '../trainer/shadow-header.ts'
import { type TrialMetrics, TrialScores } from './ranker-trial.ts'

/** Metrics of the predictions that were published; `counts` says of an impression time whether its one is judged. */
export async function publishedMetrics(
  log: Log,
  codecs: RecordCodecs,
  tasks: readonly string[],
  counts: (timeMs: number) => boolean,
): Promise<TrialMetrics[]> {
  const scores = new TrialScores(tasks)
  for await (const { value, headers } of readTopic(log, TOPICS.predictions)) {
    // Those of a shadow ranker are not the present's.
    if (!value || shadowOf(headers) !== undefined) continue
    const prediction = codecs.prediction.decodeOwn(value)
    if (!counts(prediction.impressionTime)) continue
    prediction.tasks.forEach(({ trial, score, label }, k) => scores.add(k, trial, score, label))
  }
  return scores.metrics()
}
