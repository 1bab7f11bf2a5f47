import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import { judgeRun, type RunResult } from './judge-run.ts'
import type { CollectedExamples } from './collect-examples.ts'
import { type OnBatch, passOf, type ProtocolPlan, runProtocol } from './run-protocol.ts'

/** Bump where a result means something else than before. */
export const RESULT_FORMAT = 1

/** One run of one variant with one seed; a pure function of the examples and of this. */
export interface EvaluationJob {
  readonly variant: string
  readonly seed: number
  readonly plan: ProtocolPlan
  readonly settings: RankerSettings
  readonly resamples: number
}

/** Examples that the job passes, for the progress. */
export function sizeOfJob(job: EvaluationJob, { examples }: CollectedExamples): number {
  return passOf(examples, job.plan)
}

export function runJob(job: EvaluationJob, { examples }: CollectedExamples, onBatch: OnBatch): RunResult {
  return judgeRun(runProtocol(examples, job.plan, job.settings, onBatch), job.resamples)
}
