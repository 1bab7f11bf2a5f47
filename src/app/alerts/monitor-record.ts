import type { MonitorState } from '../../core/alerts/alert-monitor.ts'
import { emptyMonitorState } from '../../core/alerts/alert-monitor.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Log, OutputRecord } from '../../io/log/log.ts'
import { ChunkJoiner, chunksOf } from '../chunked-record.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { emptyFeedState, type FeedState } from './monitor-feed.ts'

/** The monitor's state with the positions that it reflects, as the topic alert-monitor keeps it. */
export interface MonitorRecord {
  readonly version: number
  readonly feed: FeedState
  readonly monitor: MonitorState
}

const VERSION = 1
const KEY = new TextEncoder().encode('monitor')
const READ_LIMIT = 64

export function emptyMonitorRecord(): MonitorRecord {
  return { version: VERSION, feed: emptyFeedState(), monitor: emptyMonitorState() }
}

/** In parts where it is large. */
export function monitorRecords({ feed, monitor }: Omit<MonitorRecord, 'version'>, timestamp: number): OutputRecord[] {
  const value = new TextEncoder().encode(JSON.stringify({ version: VERSION, feed, monitor } satisfies MonitorRecord))
  return chunksOf({ topic: TOPICS.alertMonitor, partition: 0, key: KEY, value, timestamp })
}

/** The latest state; an empty one before the first. Throws LifecycleError `newer-format`, `corrupt`. */
export async function readMonitorRecord(log: Log): Promise<MonitorRecord> {
  const joiner = new ChunkJoiner()
  const start = await log.startOffset(TOPICS.alertMonitor, 0)
  const end = await log.endOffset(TOPICS.alertMonitor, 0)
  let latest: Uint8Array | null = null
  for await (const { records } of readTo(log, TOPICS.alertMonitor, 0, start, end, READ_LIMIT)) {
    for (const record of records) latest = joiner.add(record)?.value ?? latest
  }
  return latest ? decode(latest) : emptyMonitorRecord()
}

function decode(bytes: Uint8Array): MonitorRecord {
  let record: MonitorRecord
  try {
    record = JSON.parse(new TextDecoder().decode(bytes)) as MonitorRecord
  } catch (cause) {
    throw new LifecycleError('corrupt', `Cannot read the state in ${TOPICS.alertMonitor}: it is no JSON`, { cause })
  }
  if (record.version === VERSION) return record
  const message = `Cannot read the state in ${TOPICS.alertMonitor}: it has version ${record.version}, this program reads ${VERSION}`
  throw new LifecycleError('newer-format', message)
}
