import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Log } from '../../io/log/log.ts'
import { tensorCount } from '../tensor-backend.ts'
import { TOPICS } from '../topics.ts'
import type { PartitionTracker } from '../tracker/partition-tracker.ts'
import type { Trainer } from '../trainer/trainer.ts'

/** What a process works on, as it stands when it is asked. */
export interface Observed {
  readonly log: Log
  /** By partition; null while its state is restored. */
  trackers(): ReadonlyMap<number, PartitionTracker | null>
  /** By partition: records of the changelog that its state still lacks. */
  restoring(): ReadonlyMap<number, number>
  trainer(): Trainer | null
  /** By partition: published states that were compared with a replay, where that is done. */
  skew?(): ReadonlyMap<number, { readonly checked: number; readonly differing: number }>
}

/** One value per partition, worked out when it is asked for: nothing is spent on the way of an event. */
interface PartitionMetric {
  readonly name: string
  readonly help: string
  readonly values: (observed: Observed) => ReadonlyMap<number, number> | Promise<ReadonlyMap<number, number>>
}

/** A value of each partition that is not being restored. */
const ofTrackers = (name: string, help: string, valueOf: (tracker: PartitionTracker) => number): PartitionMetric => ({
  name,
  help,
  values: (observed) => {
    const values = new Map<number, number>()
    for (const [partition, tracker] of observed.trackers()) if (tracker) values.set(partition, valueOf(tracker))
    return values
  },
})

/** Counts of the skew meter since the start of the process. */
function ofSkew(name: string, help: string, key: 'checked' | 'differing'): PartitionMetric {
  return {
    name,
    help,
    values: (observed) =>
      new Map([...(observed.skew?.() ?? [])].map(([partition, totals]) => [partition, totals[key]])),
  }
}

const PARTITION_METRICS: readonly PartitionMetric[] = [
  {
    name: 'stan_restore_remaining_records',
    help: 'Records of the changelog that the state of a partition lacks',
    values: (observed) => {
      const restoring = observed.restoring()
      // Of ours alone: a restore may end because another instance has the partition now.
      return new Map(
        [...observed.trackers()].map(([partition, tracker]) => [
          partition,
          tracker ? 0 : (restoring.get(partition) ?? 0),
        ]),
      )
    },
  },
  {
    name: 'stan_input_lag_records',
    help: 'Interactions that a partition has not tracked yet',
    values: async (observed) => {
      const lags = new Map<number, number>()
      for (const [partition, tracker] of observed.trackers()) {
        if (!tracker) continue
        const end = await observed.log.endOffset(TOPICS.interactions, partition)
        lags.set(partition, Math.max(0, end - tracker.nextOffset))
      }
      return lags
    },
  },
  ofTrackers(
    'stan_stream_time_seconds',
    'Event time up to which it is tracked, since 1970',
    (t) => t.streamTime / 1000,
  ),
  ofTrackers('stan_bundle_version', 'Model bundle with which it is tracked', (t) => t.bundleVersion),
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
  ofTrackers('stan_users', 'Users with a state', (t) => t.counters.users),
  ofSkew('stan_state_skew_checked_total', 'Published states compared with a replay', 'checked'),
  ofSkew('stan_state_skew_differing_total', 'Published states that differ from a replay', 'differing'),
]

interface TrainerMetric {
  readonly name: string
  readonly help: string
  readonly value: (trainer: Trainer) => number
}

const TRAINER_METRICS: readonly TrainerMetric[] = [
  { name: 'stan_trained_examples_total', help: 'Examples trained on', value: (trainer) => trainer.trainedExamples },
  { name: 'stan_published_bundle_version', help: 'Newest bundle', value: (trainer) => trainer.latestBundleVersion },
  { name: 'stan_tensors', help: 'Tensors in memory', value: () => tensorCount() },
]

/**
 * Metrics of the process in the conventions of Prometheus: base units, totals end in `_total`, and no label that grows
 * with the users.
 */
export function createMetrics(observed: Observed): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name, help, values } of PARTITION_METRICS) {
    registerMetric(registry, name, help, ['partition'], async (set) => {
      for (const [partition, value] of await values(observed)) set(value, { partition: String(partition) })
    })
  }
  for (const { name, help, value } of TRAINER_METRICS) {
    registerMetric(registry, name, help, [], (set) => {
      const trainer = observed.trainer()
      if (trainer) set(value(trainer))
    })
  }
  return registry
}

type SetValue = (value: number, labels?: Record<string, string>) => void

/** `collect` sets every value anew: partitions that another instance has now are not ours to report. */
function registerMetric(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  collect: (set: SetValue) => void | Promise<void>,
): void {
  const Metric = name.endsWith('_total') ? Counter : Gauge
  const metric = new Metric({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    async collect() {
      metric.reset()
      if (labelNames.length === 0) metric.remove()
      await collect((value, labels = {}) => metric.inc(labels, value))
    },
  })
  registry.registerMetric(metric)
}
