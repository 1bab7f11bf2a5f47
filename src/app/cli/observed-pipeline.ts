import type { Observed } from '../observability/metrics.ts'
import type { Pipeline } from '../pipeline.ts'
import type { World } from '../wire.ts'

/** What metrics see of a pipeline. */
export function observedPipeline({ log }: World, pipeline: Pipeline): Observed {
  return {
    log,
    trackers: () => new Map(pipeline.trackers.entries()),
    restoring: () => new Map(),
    trainer: () => pipeline.trainer,
  }
}
