import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'

const decoder = new TextDecoder()

/** Every alert that the topic holds, as it is now, the newest first. Of erased users there are none. */
export async function latestAlerts(log: Log, codecs: RecordCodecs): Promise<LifecycleAlert[]> {
  const latest = new Map<string, LifecycleAlert>()
  for await (const { key, value } of readTopic(log, TOPICS.lifecycleAlerts)) {
    const alert = value && codecs.lifecycleAlert.decodeOwn(value)
    if (alert) {
      // Behind retention, a resolved record may be all that is left.
      latest.delete(alert.deduplicationKey)
      latest.set(alert.deduplicationKey, alert)
      continue
    }
    const subject = key ? decoder.decode(key) : ''
    for (const [name, held] of latest) if (held.family === 'user' && held.subject === subject) latest.delete(name)
  }
  return [...latest.values()].sort((a, b) => b.eventTime - a.eventTime)
}
