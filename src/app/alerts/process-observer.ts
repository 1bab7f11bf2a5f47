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
  /** Totals of the skew meter at the look before. */
  private skewSeen = { checked: 0, differing: 0 }

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
    const skew = this.skewSince()
    if (skew.checked > 0) observations.push({ kind: 'skew', timeMs, ...skew })
    return observations
  }

  /** Published states that this process has compared with a replay since the look before. */
  private skewSince(): { checked: number; differing: number } {
    const totals = { checked: 0, differing: 0 }
    for (const { checked, differing } of this.observed.skew?.().values() ?? []) {
      totals.checked += checked
      totals.differing += differing
    }
    const before = this.skewSeen
    this.skewSeen = totals
    return { checked: totals.checked - before.checked, differing: totals.differing - before.differing }
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
