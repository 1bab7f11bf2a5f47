import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { dropAlertsOf } from './drop-alerts-of.ts'

/** Every alert that the topic holds, as it is now, the newest first. Of erased users there are none. */
export async function latestAlerts(log: Log, codecs: RecordCodecs): Promise<LifecycleAlert[]> {
  const latest = new Map<string, LifecycleAlert>()
  for await (const { key, value } of readTopic(log, TOPICS.lifecycleAlerts)) {
    if (!value) {
      dropAlertsOf(latest, key)
      continue
    }
    const alert = codecs.lifecycleAlert.decodeOwn(value)
    // Equal times stay in the order of the latest records.
    latest.delete(alert.deduplicationKey)
    latest.set(alert.deduplicationKey, alert)
  }
  return [...latest.values()].sort((a, b) => b.eventTime - a.eventTime)
}
