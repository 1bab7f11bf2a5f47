import type { FastifyInstance } from 'fastify'
import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { type PrincipalComponents, principalComponents, project } from '../../core/statistics/principal-components.ts'
import type { ApiContext } from './api-context.ts'
import { ProblemError } from './problem.ts'
import { freshness, integer, list, number, object, share, stage, text, time } from './schemas.ts'
import { timeJson } from './state-json.ts'
import type { EmbeddedUser } from './view/embedding-sample.ts'

const AXES = 2

const querystring = object(
  {
    limit: { ...integer, minimum: 1, maximum: 1000, default: 400 },
    userId: { ...text, minLength: 1, maxLength: INTERACTION_LIMITS.idLength, description: 'Whose way to show' },
  },
  ['limit', 'userId'],
)

const answer = object({
  embeddingVersion: integer,
  explained: { ...list(share), description: 'Share of the variance along each axis' },
  points: list(object({ userId: text, stage, x: number, y: number })),
  user: {
    anyOf: [object({ userId: text, stage, trail: list(object({ time, x: number, y: number })) }), { type: 'null' }],
  },
  freshness,
})

/** The state embeddings of a sample of users as a picture. */
export function addEmbeddingRoutes(app: FastifyInstance, { view, freshnessNow, problems }: ApiContext): void {
  app.get<{ Querystring: { limit: number; userId?: UserId } }>(
    '/v1/embeddings',
    {
      config: { right: 'read' },
      schema: {
        summary: 'State embeddings of a sample of users along their first two principal components',
        querystring,
        response: { 200: answer, ...problems(404) },
      },
    },
    async ({ query: { limit, userId } }) => {
      const newest = view.embeddings.users(limit)
      const width = newest[0]?.trail[0].embedding.length ?? 0
      // Another configuration of the tasks gives another width; what is older does not fit into the picture.
      const users = newest.filter(({ trail }) => trail.at(-1)!.embedding.length === width)
      const components = principalComponents(
        users.map(({ trail }) => trail.at(-1)!.embedding),
        AXES,
      )
      return {
        embeddingVersion: users.reduce((version, user) => Math.max(version, user.embeddingVersion), 0),
        explained: components.explained,
        points: users.map(({ userId: id, stage: held, trail }) => {
          const [x, y] = project(trail.at(-1)!.embedding, components)
          return { userId: id, stage: held, x, y }
        }),
        user: userId === undefined ? null : wayOf(await watched(userId), components, width),
        freshness: freshnessNow(),
      }
    },
  )

  const watched = async (userId: UserId): Promise<EmbeddedUser> => {
    const state = await view.stateOf(userId)
    if (!state) throw new ProblemError(404, `Nothing is known of user ${userId}`)
    return view.embeddings.watch(state)
  }
}

function wayOf({ userId, stage: held, trail }: EmbeddedUser, components: PrincipalComponents, width: number) {
  return {
    userId,
    stage: held,
    trail: trail
      .filter(({ embedding }) => embedding.length === width)
      .map(({ time: timeMs, embedding }) => {
        const [x, y] = project(embedding, components)
        return { time: timeJson(timeMs), x, y }
      }),
  }
}
