import { memoryParts } from './memory-parts.ts'
import type { Observed } from './observed.ts'
import type { AskedMetric } from './registered-metric.ts'

/** What lies on the disk is measured at most so often. */
const MEASURE_EVERY_MS = 10_000

/** Metrics of the process and of what it holds on disk. */
export function processMetrics(): readonly AskedMetric<Observed>[] {
  let measured: { readonly atMs: number; readonly bytes: ReadonlyMap<string, number> } | null = null
  return [
    {
      name: 'stan_ready',
      help: '1 while /readyz says yes',
      collect: (observed, set) => set((observed.whyNotReady?.() ?? null) === null ? 1 : 0),
    },
    {
      name: 'stan_memory_bytes',
      help: 'Memory by part; array buffers are within external memory',
      labels: ['part'],
      collect: ({ world }, set) => {
        const parts = memoryParts(world?.heldMemory?.() ?? { levelBytes: 0, batchBytes: 0 })
        for (const [part, bytes] of Object.entries(parts)) set(bytes, { part })
      },
    },
    {
      name: 'stan_memory_bound_bytes',
      help: 'Resident memory above which the process is not ready; 0 without a bound',
      collect: ({ guard }, set) => set(guard?.maxBytes ?? 0),
    },
    {
      name: 'stan_store_bytes',
      help: 'Bytes on disk by store; log is the embedded log',
      labels: ['store'],
      collect: async ({ world }, set) => {
        if (measured === null || Date.now() - measured.atMs > MEASURE_EVERY_MS) {
          measured = { atMs: Date.now(), bytes: (await world?.storedBytes?.()) ?? new Map<string, number>() }
        }
        for (const [store, bytes] of measured.bytes) set(bytes, { store })
      },
    },
  ]
}

/** Metrics of the API's view. */
export const VIEW_METRICS: readonly AskedMetric<Observed>[] = [
  {
    name: 'stan_users_by_stage',
    help: 'Users with a state by stage, as the view of the API has them',
    labels: ['stage'],
    collect: (observed, set) => {
      for (const [stage, users] of Object.entries(observed.view?.()?.counts().byStage ?? {})) set(users, { stage })
    },
  },
  {
    name: 'stan_dormant_users',
    help: 'Users among them who are dormant',
    collect: (observed, set) => {
      const view = observed.view?.()
      if (view) set(view.counts().dormant)
    },
  },
  {
    name: 'stan_view_lag_records',
    help: 'Published records that the view has not taken over',
    collect: async (observed, set) => {
      const view = observed.view?.()
      if (view) set(await view.lag())
    },
  },
  {
    name: 'stan_view_age_seconds',
    help: 'Since the latest time of which the view holds everything that had been published',
    collect: (observed, set) => {
      const completeAtMs = observed.view?.()?.completeAtMs ?? null
      if (completeAtMs !== null) set(Math.max(0, Date.now() - completeAtMs) / 1000)
    },
  },
]
