import type { ProcessObservation } from '../../core/alerts/observation.ts'
import type { Observed } from '../observability/metrics.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import type { UserView } from '../serving/view/user-view.ts'
import { TOPICS } from '../topics.ts'

/** What a process sees of itself and of the trackers' lag, a look at a time. */
export class ProcessObserver {
  private readonly observed: Observed
  private readonly view: UserView
  private readonly partitions: number

  constructor(observed: Observed, view: UserView, partitions: number) {
    this.observed = observed
    this.view = view
    this.partitions = partitions
  }

  async look(timeMs: number): Promise<ProcessObservation[]> {
    const observations: ProcessObservation[] = [{ kind: 'restore', timeMs, remaining: this.remaining() }]
    const records = await this.lag()
    if (records !== null) observations.push({ kind: 'lag', timeMs, records })
    const { completeAtMs } = this.view
    if (completeAtMs !== null) {
      observations.push({ kind: 'freshness', timeMs, lagSeconds: Math.max(0, (timeMs - completeAtMs) / 1000) })
    }
    return observations
  }

  /** Of the partitions that this process restores. */
  private remaining(): Record<string, number> {
    const restoring = this.observed.restoring()
    const remaining: Record<string, number> = {}
    for (const [partition, tracker] of this.observed.trackers()) {
      if (!tracker) remaining[partition] = restoring.get(partition) ?? 0
    }
    return remaining
  }

  /** Null while no tracker has committed anything. */
  private async lag(): Promise<number | null> {
    const { log } = this.observed
    let lag: number | null = null
    for (let partition = 0; partition < this.partitions; partition++) {
      const committed = await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)
      if (committed === null) continue
      lag = (lag ?? 0) + Math.max(0, (await log.endOffset(TOPICS.interactions, partition)) - committed)
    }
    return lag
  }
}
