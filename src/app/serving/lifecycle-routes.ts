import type { FastifyInstance } from 'fastify'
import { STAGES } from '../../core/contracts/stage.ts'
import type { ApiContext } from './api-context.ts'
import { lifecycle } from './schemas.ts'

/** The lifecycle of all users together. */
export function addLifecycleRoutes(app: FastifyInstance, { view, freshnessNow, problems }: ApiContext): void {
  app.get(
    '/v1/lifecycle',
    {
      config: { right: 'read' },
      schema: { summary: 'Users by stage now', response: { 200: lifecycle, ...problems() } },
    },
    () => {
      const { byStage, dormant } = view.counts()
      const users = STAGES.reduce((sum, stage) => sum + byStage[stage], 0)
      const stages = STAGES.map((stage) => [
        stage,
        { users: byStage[stage], share: users === 0 ? 0 : byStage[stage] / users },
      ])
      return { users, stages: Object.fromEntries(stages) as unknown, dormant, freshness: freshnessNow() }
    },
  )
}
