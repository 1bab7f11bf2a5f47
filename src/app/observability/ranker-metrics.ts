import type { TaskMetrics } from '../../core/ranker/metrics/task-metrics.ts'
import { tensorCount } from '../tensor-backend.ts'
import type { Trainer } from '../trainer/trainer.ts'
import type { Observed } from './observed.ts'
import type { AskedMetric } from './registered-metric.ts'

function ofTrainer(name: string, help: string, valueOf: (trainer: Trainer) => number | null): AskedMetric<Observed> {
  return {
    name,
    help,
    collect: (observed, set) => {
      const trainer = observed.trainer()
      const value = trainer && valueOf(trainer)
      if (value !== null) set(value)
    },
  }
}

/** Prequential, over the latest predictions. */
function ofTasks(name: string, help: string, valueOf: (metrics: TaskMetrics) => number): AskedMetric<Observed> {
  return {
    name,
    help,
    labels: ['task'],
    collect: (observed, set) => {
      for (const [task, metrics] of Object.entries(observed.trainer()?.window.overall() ?? {})) {
        const value = valueOf(metrics)
        // There is no quality before the first labels.
        if (Number.isFinite(value)) set(value, { task })
      }
    },
  }
}

/** Metrics of the ranker. */
export const RANKER_METRICS: readonly AskedMetric<Observed>[] = [
  ofTrainer('stan_trained_examples_total', 'Examples trained on', (trainer) => trainer.trainedExamples),
  ofTrainer('stan_ranker_rollbacks_total', 'Times the weights went back to a checkpoint', (t) => t.rollbacks),
  ofTrainer('stan_refused_bundles_total', 'Bundles that were worse than the one before', (t) => t.refusedBundles),
  {
    name: 'stan_embedding_rows',
    help: 'Values that have an embedding row of their own; at most ranker.maxRowsPerField',
    labels: ['field'],
    collect: (observed, set) => {
      for (const [field, rows] of observed.trainer()?.embeddingRows() ?? []) set(rows, { field })
    },
  },
  ofTrainer('stan_published_bundle_version', 'Newest bundle', (trainer) => trainer.latestBundleVersion),
  ofTrainer('stan_bundle_published_timestamp_seconds', 'When this process last published a bundle, since 1970', (t) =>
    t.publishedMs === 0 ? null : t.publishedMs / 1000,
  ),
  ofTrainer('stan_tensors', 'Tensors in memory', () => tensorCount()),
  ofTasks('stan_task_log_loss', 'Log loss of the latest predictions, made before training on them', (m) => m.logLoss),
  ofTasks('stan_task_auc_ratio', 'Area under the ROC curve of the latest predictions', (m) => m.auc),
  ofTasks('stan_task_calibration_ratio', 'Predicted over observed rate of the latest predictions', (m) => m.pcoc),
  ofTasks('stan_task_calibration_error_ratio', 'Expected calibration error of the latest predictions', (m) => m.ece),
]
