import type { FastifyInstance } from 'fastify'
import {
  ALERT_FAMILIES,
  ALERT_KINDS,
  ALERT_SEVERITIES,
  ALERT_STATUSES,
  type LifecycleAlert,
} from '../../core/contracts/lifecycle-alert.ts'
import type { ReadRecord } from '../../io/log/log.ts'
import { readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import type { ApiContext } from './api-context.ts'
import { latestRecords, type PlacedRecord } from './latest-records.ts'
import { freshness, integer, list, number, object, position, text, time } from './schemas.ts'
import { timeJson } from './state-json.ts'

/** Dead letters shown. */
const SHOWN_LETTERS = 20
const limit = { ...integer, minimum: 1, maximum: 1000, default: 50 } as const

/** How the whole of it runs. */
export function addOperationsReportRoutes(app: FastifyInstance, context: ApiContext, version: string): void {
  const { log, config, view, codecs, freshnessNow, problems, nowMs } = context
  const startedMs = nowMs()

  app.get(
    '/v1/operations',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Topics, lag, dead letters and memory',
        response: { 200: operations, ...problems() },
      },
    },
    async () => {
      const topics = await Promise.all(
        log.topics().map(async ({ name, partitions }) => ({
          topic: name,
          partitions,
          records: await recordCount(name, partitions),
        })),
      )
      const letters = await latestRecords(log, TOPICS.deadLetters, SHOWN_LETTERS)
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
      return {
        version,
        uptimeSeconds: Math.round((nowMs() - startedMs) / 1000),
        log: config.log,
        topics,
        view: { lagRecords: await view.lag() },
        tracker: { lagRecords: await trackerLag() },
        deadLetters: {
          count: topics.find(({ topic }) => topic === TOPICS.deadLetters)?.records ?? 0,
          latest: letters.map(letterJson),
        },
        memory: {
          rssBytes: rss,
          heapUsedBytes: heapUsed,
          externalBytes: external,
          arrayBuffersBytes: arrayBuffers,
        },
        freshness: freshnessNow(),
      }
    },
  )

  app.get<{ Querystring: { limit: number } }>(
    '/v1/alerts',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Latest alerts, the newest first',
        querystring: object({ limit }, ['limit']),
        response: { 200: object({ alerts: list(alert), freshness }), ...problems() },
      },
    },
    async ({ query }) => {
      // Some of them may be of users who have been erased.
      const records = await latestRecords(log, TOPICS.lifecycleAlerts, 2 * query.limit)
      const alerts = withoutErased(records).map(({ value }) => codecs.lifecycleAlert.decodeOwn(value))
      alerts.sort((a, b) => b.eventTime - a.eventTime)
      return { alerts: alerts.slice(0, query.limit).map(alertJson), freshness: freshnessNow() }
    },
  )

  const recordCount = async (topic: string, partitions: number): Promise<number> => {
    let records = 0
    for (let partition = 0; partition < partitions; partition++) {
      records += (await log.endOffset(topic, partition)) - (await log.startOffset(topic, partition))
    }
    return records
  }

  /** Null while no tracker has committed anything. */
  const trackerLag = async (): Promise<number | null> => {
    let lag: number | null = null
    for (let partition = 0; partition < config.partitions; partition++) {
      const committed = await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)
      if (committed === null) continue
      lag = (lag ?? 0) + Math.max(0, (await log.endOffset(TOPICS.interactions, partition)) - committed)
    }
    return lag
  }
}

/** Records with a value that no later tombstone of their key takes back. */
function withoutErased(records: readonly PlacedRecord[]): (PlacedRecord & { readonly value: Uint8Array })[] {
  const erasedAt = new Map<string, number>()
  const nameOf = ({ partition, key }: PlacedRecord): string => `${partition}/${key ? Buffer.from(key).toString() : ''}`
  for (const record of records) {
    if (record.value === null) erasedAt.set(nameOf(record), Math.max(record.offset, erasedAt.get(nameOf(record)) ?? -1))
  }
  return records.flatMap((record) => {
    const { value } = record
    return value !== null && record.offset > (erasedAt.get(nameOf(record)) ?? -1) ? [{ ...record, value }] : []
  })
}

/** An alert as the API gives it. */
export function alertJson({ eventTime, startsAt, endsAt, ...rest }: LifecycleAlert): Record<string, unknown> {
  const times = { startsAt: timeJson(startsAt), endsAt: endsAt === null ? null : timeJson(endsAt) }
  return { ...rest, ...times, eventTime: timeJson(eventTime) }
}

function letterJson(record: ReadRecord & { readonly partition: number }): Record<string, unknown> {
  const read = readDeadLetter(record.value, record.headers)
  return {
    partition: record.partition,
    offset: record.offset,
    cause: read?.letter.cause ?? '',
    reason: read?.letter.reason ?? '',
    time: timeJson(record.timestamp),
  }
}

const operations = object({
  version: text,
  uptimeSeconds: number,
  log: text,
  topics: list(object({ topic: text, partitions: integer, records: { ...integer, description: 'Offsets kept' } })),
  view: object({ lagRecords: { ...integer, description: 'Published records that the view lacks' } }),
  tracker: object({
    lagRecords: { type: ['integer', 'null'], description: 'Interactions that no tracker has committed' },
  }),
  deadLetters: object({
    count: integer,
    latest: list(object({ ...position.properties, cause: text, reason: text, time })),
  }),
  memory: object({ rssBytes: integer, heapUsedBytes: integer, externalBytes: integer, arrayBuffersBytes: integer }),
  freshness,
})

const alert = object({
  kind: { ...text, description: `Name of the rule: ${ALERT_KINDS.join(', ')}; a newer program may have others` },
  family: { type: 'string', enum: [...ALERT_FAMILIES] },
  status: { type: 'string', enum: [...ALERT_STATUSES] },
  severity: { type: 'string', enum: [...ALERT_SEVERITIES] },
  subject: text,
  message: text,
  evidence: { type: 'object', additionalProperties: text },
  deduplicationKey: text,
  fingerprint: text,
  startsAt: time,
  endsAt: { ...time, type: ['string', 'null'] },
  suggestedAction: text,
  runbook: text,
  eventTime: time,
  source: object({ topic: text, ...position.properties }),
})
