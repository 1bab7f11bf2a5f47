import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { Config } from '../config/config-schema.ts'
import type { Right } from './access.ts'
import { UserTrails } from '../replay/user-trails.ts'
import { passingStore } from '../wire.ts'
import { problemAnswer } from './schemas.ts'
import { timeJson } from './state-json.ts'
import type { ModelService } from './view/model-service.ts'
import type { PolicyView } from './view/policy-view.ts'
import type { UserView } from './view/user-view.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the sender of the request must be allowed; nothing for those that watch over the process. */
    right?: Right
  }
}

export interface ApiOptions {
  readonly config: Config
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly view: UserView
  readonly model: ModelService
  readonly policy: PolicyView
  readonly nowMs: () => number
}

/** What the routes work with. */
export interface ApiContext extends ApiOptions {
  /** The past of users, from the log. */
  readonly trails: UserTrails
  readonly freshnessNow: () => { asOf: string | null; lagSeconds: number | null; stale: boolean }
  /** Schemas of the answers that are errors: those of every route, and further ones. */
  readonly problems: (...statuses: readonly number[]) => Readonly<Record<number, unknown>>
}

/** A tenth of a second is what a view that waits for changes is behind at most. */
const LAG_DIGITS = 1

export function apiContextOf(options: ApiOptions): ApiContext {
  const { view, config, nowMs } = options
  return {
    ...options,
    trails: new UserTrails({
      log: options.log,
      codecs: options.codecs,
      store: passingStore,
      maxRecords: config.api.maxReplayRecords,
    }),
    freshnessNow: () => {
      const { completeAtMs } = view
      const { asOf } = view.counts()
      const lagSeconds =
        completeAtMs === null ? null : Number(Math.max(0, (nowMs() - completeAtMs) / 1000).toFixed(LAG_DIGITS))
      return {
        asOf: asOf === null ? null : timeJson(asOf),
        lagSeconds,
        stale: lagSeconds === null || lagSeconds > config.api.staleAfterSeconds,
      }
    },
    problems: (...statuses) =>
      Object.fromEntries([400, 401, 403, 429, 500, 503, ...statuses].map((status) => [status, problemAnswer(status)])),
  }
}
