import { TOPICS } from '../topics.ts'
import type { PartitionTracker } from '../tracker/partition-tracker.ts'
import { LagClock } from './lag-clock.ts'
import type { Observed } from './observed.ts'
import type { AskedMetric } from './registered-metric.ts'

/** A value of each partition that is not being restored. */
function ofTrackers(
  name: string,
  help: string,
  valueOf: (tracker: PartitionTracker) => number | null,
): AskedMetric<Observed> {
  return {
    name,
    help,
    labels: ['partition'],
    collect: (observed, set) => {
      for (const [partition, tracker] of observed.trackers()) {
        const value = tracker && valueOf(tracker)
        if (value !== null) set(value, { partition: String(partition) })
      }
    },
  }
}

/** Counts of the skew meter since the start of the process. */
function ofSkew(name: string, help: string, key: 'checked' | 'differing'): AskedMetric<Observed> {
  return {
    name,
    help,
    labels: ['partition'],
    collect: (observed, set) => {
      const totals = observed.skew?.()
      for (const partition of observed.trackers().keys()) {
        set(totals?.get(partition)?.[key] ?? 0, { partition: String(partition) })
      }
    },
  }
}

/** Of the input of each partition at work: what its tracker has not read. */
function lagMetrics(): readonly AskedMetric<Observed>[] {
  const clock = new LagClock()
  const eachEnd = async (
    observed: Observed,
    visit: (partition: number, nextOffset: number, end: number) => void,
  ): Promise<void> => {
    for (const [partition, tracker] of observed.trackers()) {
      if (!tracker) continue
      visit(partition, tracker.nextOffset, await observed.log.endOffset(TOPICS.interactions, partition))
    }
  }
  return [
    {
      name: 'stan_input_lag_records',
      help: 'Interactions that a partition has not tracked yet',
      labels: ['partition'],
      collect: (observed, set) =>
        eachEnd(observed, (partition, next, end) => set(Math.max(0, end - next), { partition: String(partition) })),
    },
    {
      name: 'stan_input_lag_seconds',
      help: 'For how long the oldest of them has been waiting, as exactly as the time between two scrapes',
      labels: ['partition'],
      collect: (observed, set) =>
        eachEnd(observed, (partition, next, end) =>
          set(clock.lagSeconds(partition, next, end, Date.now()), { partition: String(partition) }),
        ),
    },
  ]
}

/** Metrics of the tracker, by partition. */
export function trackerMetrics(): readonly AskedMetric<Observed>[] {
  return [
    {
      name: 'stan_restore_remaining_records',
      help: 'Records of the changelog that the state of a partition lacks',
      labels: ['partition'],
      collect: (observed, set) => {
        const restoring = observed.restoring()
        // Of ours alone: a restore may end because another instance has the partition now.
        for (const [partition, tracker] of observed.trackers()) {
          set(tracker ? 0 : (restoring.get(partition) ?? 0), { partition: String(partition) })
        }
      },
    },
    ...lagMetrics(),
    ofTrackers(
      'stan_stream_time_seconds',
      'Event time up to which it is tracked, since 1970',
      (t) => t.streamTime / 1000,
    ),
    ofTrackers('stan_bundle_version', 'Model bundle with which it is tracked', (t) => t.bundleVersion),
    ofTrackers(
      'stan_model_age_seconds',
      'Event time from the newest example that the bundle in use has seen to the newest event',
      (t) => (t.modelAgeMs === null ? null : t.modelAgeMs / 1000),
    ),
    // Counters are part of the state: they go on where they were after a restart, and move with their partition.
    ofTrackers('stan_events_total', 'Interactions tracked', (t) => t.counters.events),
    ofTrackers(
      'stan_duplicate_events_total',
      'Interactions whose event id had come before',
      (t) => t.counters.duplicates,
    ),
    ofTrackers('stan_dead_letters_total', 'Records that could not be used', (t) => t.counters.deadLetters),
    ofTrackers('stan_examples_total', 'Training examples published', (t) => t.counters.examples),
    ofTrackers('stan_corrections_total', 'Corrections of examples published', (t) => t.counters.corrections),
    ofTrackers('stan_stage_transitions_total', 'Stage transitions published', (t) => t.counters.transitions),
    ofTrackers('stan_alerts_total', 'Alerts published', (t) => t.counters.alerts),
    ofTrackers('stan_users', 'Users with a state', (t) => t.counters.users),
    ofSkew('stan_state_skew_checked_total', 'Published states compared with a replay', 'checked'),
    ofSkew('stan_state_skew_differing_total', 'Published states that differ from a replay', 'differing'),
    ofTrackers('stan_user_cache_hits_total', 'Users of a slice that were in memory', (t) => t.cacheLookups.hits),
    ofTrackers('stan_user_cache_misses_total', 'Users of a slice that were read', (t) => t.cacheLookups.misses),
  ]
}
