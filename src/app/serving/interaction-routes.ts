import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Interaction } from '../../core/contracts/interaction.ts'
import { parseInteraction } from '../../core/contracts/parse-interaction.ts'
import { encodeId } from '../encode-id.ts'
import { readTraceparent, TRACEPARENT } from '../observability/traceparent.ts'
import { partitionOf } from '../partition-of.ts'
import { TOPICS } from '../topics.ts'
import type { ApiContext } from './api-context.ts'
import { ProblemError } from './problem.ts'
import { interaction, object, position } from './schemas.ts'

const RETRY_AFTER_SECONDS = 1

/** Interactions over HTTP, for senders without Kafka. */
export function addInteractionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { config, log, codecs, problems } = context
  const { maxBatch, maxPendingInteractions } = config.api
  let pending = 0

  app.post<{ Body: unknown }>(
    '/v1/interactions',
    {
      config: { right: 'write' },
      schema: {
        summary: 'Append one interaction, or a list of them: all or none. Answered when the log holds them',
        body: { anyOf: [interaction, { type: 'array', items: interaction, minItems: 1, maxItems: maxBatch }] },
        response: {
          202: object({ positions: { type: 'array', items: position } }),
          ...problems(413, 415),
        },
      },
      // parseInteraction decides, and says more than a schema does.
      validatorCompiler: () => () => true,
    },
    async ({ body, headers: sent }, reply) => {
      const interactions = interactionsOf(body, maxBatch)
      if (pending > 0 && pending + interactions.length > maxPendingInteractions) {
        const detail = `${pending} interactions are on their way to the log; send these again later`
        throw new ProblemError(429, detail, {}, { 'retry-after': String(RETRY_AFTER_SECONDS) })
      }
      pending += interactions.length
      const headers = traceOf(sent)
      try {
        const records = interactions.map((held) => ({
          topic: TOPICS.interactions,
          partition: partitionOf(held.userId, config.partitions),
          key: encodeId(held.userId),
          value: codecs.interaction.encode(held),
          timestamp: held.eventTime,
          ...(headers && { headers }),
        }))
        const offsets = await log.append(records)
        reply.code(202)
        return { positions: records.map(({ partition }, i) => ({ partition, offset: offsets[i] })) }
      } finally {
        pending -= interactions.length
      }
    },
  )
}

/** A sender's trace goes on with the records. */
function traceOf({ traceparent }: IncomingHttpHeaders): Record<string, Uint8Array> | null {
  if (typeof traceparent !== 'string' || readTraceparent(traceparent) === null) return null
  return { [TRACEPARENT]: Buffer.from(traceparent) }
}

function interactionsOf(body: unknown, maxBatch: number): Interaction[] {
  const values: readonly unknown[] = Array.isArray(body) ? body : [body]
  if (values.length === 0) throw new ProblemError(400, 'The list of interactions is empty')
  if (values.length > maxBatch) {
    throw new ProblemError(413, `${values.length} interactions are more than the ${maxBatch} of one request`)
  }
  const parsed = values.map(parseInteraction)
  const errors = parsed.flatMap((result, index) =>
    result.kind === 'interaction' ? [] : [{ index, field: result.field, reason: result.reason }],
  )
  if (errors.length > 0) {
    const detail = `${errors.length} of ${values.length} interactions cannot be used, and none was taken: ${errors[0].reason}`
    throw new ProblemError(400, detail, { errors })
  }
  return parsed.flatMap((result) => (result.kind === 'interaction' ? [result.interaction] : []))
}
