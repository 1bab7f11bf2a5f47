import { STAGES, stageIndex, type Stage } from '../../core/contracts/stage.ts'
import { adjustedMutualInformation } from '../../core/ranker/metrics/adjusted-mutual-information.ts'
import { stageQuality, type StageQuality, type StageRow } from '../../core/ranker/metrics/stage-quality.ts'
import type { Config } from '../config/config-schema.ts'
import type { CollectedExamples } from './collect-examples.ts'

/** Agreement with the hidden stages of a simulated world, at the impressions of its second half. */
export interface StageTruth {
  readonly rows: number
  readonly accuracy: number
  /** Accuracy of always naming the most common stage. */
  readonly majority: number
  readonly ami: number
  /** [true][ours], rows. */
  readonly confusion: readonly (readonly number[])[]
}

export interface StageStudy {
  readonly quality: StageQuality
  /** Null where nobody knows the truth. Once over all rows, once over those of users with evidence. */
  readonly truth: { readonly all: StageTruth; readonly withEvidence: StageTruth } | null
}

/** Trials by which a user is said to have shown what they are like. */
const MIN_TRIALS = 5
const DAY_MS = 86_400_000

export function stageStudy(
  { examples, tasks }: CollectedExamples,
  { clickTask, stayTask, conversionTask }: Config['stages'],
  utcOffsetMs: number,
  trueStage: ((userId: string, timeMs: number) => Stage) | undefined,
): StageStudy {
  const roles = [clickTask, stayTask, conversionTask].map((name) => tasks.indexOf(name))
  const rows = examples.map((example): StageRow => {
    const [click, stay, conversion] = roles.map((k) => (example.tasks[k].trial ? example.tasks[k].label : Number.NaN))
    return {
      userId: example.userId,
      day: Math.floor((example.impressionTime + utcOffsetMs) / DAY_MS),
      stage: stageIndex(example.stage),
      trials: example.tasks[roles[0]].trials,
      labels: [click, stay, conversion],
    }
  })
  const truths =
    trueStage && examples.map(({ userId, impressionTime }) => stageIndex(trueStage(userId, impressionTime)))
  const half = Math.floor(rows.length / 2)
  const judge = (least: number): StageTruth =>
    truthOf(rows.flatMap(({ stage, trials }, i) => (i >= half && trials >= least ? [[truths![i], stage]] : [])))
  return {
    quality: stageQuality(rows, MIN_TRIALS),
    truth: truths ? { all: judge(0), withEvidence: judge(MIN_TRIALS) } : null,
  }
}

function truthOf(pairs: readonly (readonly number[])[]): StageTruth {
  const confusion = STAGES.map(() => STAGES.map(() => 0))
  for (const [truth, ours] of pairs) confusion[truth][ours]++
  const right = confusion.reduce((sum, row, stage) => sum + row[stage], 0)
  const sizes = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  return {
    rows: pairs.length,
    accuracy: right / pairs.length,
    majority: Math.max(...sizes) / pairs.length,
    ami: adjustedMutualInformation(confusion),
    confusion,
  }
}
