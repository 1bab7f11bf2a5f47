import type { FastifyInstance } from 'fastify'
import { Readable } from 'node:stream'
import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import type { ApiContext } from './api-context.ts'
import { EventFeed, FEEDS, type FeedName, parseFeedId } from './event-feed.ts'
import { ProblemError } from './problem.ts'
import { flag, object, text } from './schemas.ts'

/** A line without meaning, so that nobody on the way takes the connection for dead. */
const HEARTBEAT_MS = 15_000

interface Query {
  readonly topics: string
  readonly userId?: UserId
  readonly embedding: boolean
  readonly freshness: boolean
  readonly from: 'start' | 'end'
}

const querystring = object(
  {
    topics: { ...text, default: FEEDS.join(','), maxLength: 100, description: `Some of ${FEEDS.join(', ')}` },
    userId: { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength, description: 'Only of this user' },
    embedding: { ...flag, default: false, description: 'Whether states come with their embedding' },
    freshness: {
      ...flag,
      default: false,
      description: 'Whether events named freshness tell how many seconds ago all that was published has been sent',
    },
    from: {
      type: 'string',
      enum: ['start', 'end'],
      default: 'end',
      description: 'Where to begin without Last-Event-ID',
    },
  },
  ['topics', 'userId', 'embedding', 'freshness', 'from'],
)

const STREAM_ANSWER = {
  description: 'Events of the names state, erased, transition, alert and unreadable',
  content: { 'text/event-stream': { schema: text } },
} as const

/** States, transitions and alerts as they are published. */
export function addEventRoutes(app: FastifyInstance, context: ApiContext): void {
  const { log, codecs, config, problems } = context
  let open = 0

  app.get<{ Querystring: Query; Headers: { 'last-event-id'?: string } }>(
    '/v1/events',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Server-sent events; one that sends its last id back goes on exactly there',
        querystring,
        response: { 200: STREAM_ANSWER, ...problems() },
      },
    },
    async ({ query, headers, raw }, reply) => {
      const topics = feedsOf(query.topics)
      const lastId = headers['last-event-id']
      const positions = lastId === undefined || lastId === '' ? null : parseFeedId(lastId)
      if (open >= config.api.maxStreams) {
        throw new ProblemError(
          429,
          `${open} streams are open, as many as api.maxStreams allows`,
          {},
          { 'retry-after': '5' },
        )
      }
      const feed = await EventFeed.open(log, codecs, { ...query, topics, positions })
      open++
      raw.once('close', () => feed.stop())
      const stream = Readable.from(withHeartbeats(feed), { objectMode: false, highWaterMark: 64 * 1024 })
      stream.once('close', () => {
        feed.stop()
        open--
      })
      reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no').type('text/event-stream')
      // The first bytes tell the client that the stream stands.
      return reply.send(stream)
    },
  )
}

async function* withHeartbeats(feed: EventFeed): AsyncGenerator<string> {
  yield ': open\n\n'
  while (!feed.stopped) {
    const events = await feed.next(HEARTBEAT_MS)
    if (feed.stopped) return
    yield events === '' ? ': alive\n\n' : events
  }
}

function feedsOf(text: string): FeedName[] {
  const names = text.split(',').filter((name) => name !== '')
  for (const name of names) {
    if (!FEEDS.includes(name as FeedName)) {
      throw new ProblemError(400, `There is no topic ${JSON.stringify(name)} here; there are ${FEEDS.join(', ')}`)
    }
  }
  if (names.length === 0) throw new ProblemError(400, `topics is empty; there are ${FEEDS.join(', ')}`)
  return [...new Set(names as FeedName[])]
}
