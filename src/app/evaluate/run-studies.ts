import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { codeHash } from './code-hash.ts'
import type { CollectedExamples } from './collect-examples.ts'
import type { EvaluationData } from './evaluation-data.ts'
import type { Studies, Study } from './evaluation-report.ts'
import { posteriorStudy } from './posterior-study.ts'
import type { EvaluationPlan } from './run-evaluation.ts'
import { separationStudy } from './separation-study.ts'
import { stageStudy } from './stage-study.ts'
import { keyOf, type WorkFolder } from './work-folder.ts'

type Plan = Pick<EvaluationPlan, 'bounds' | 'judge' | 'utcOffsetMs'>

/** The studies that are asked for, from the work folder where it has them. They see no day behind the judged ones. */
export async function runStudies(
  asked: readonly Study[],
  collected: CollectedExamples,
  examplesKey: string,
  plan: Plan,
  config: Config,
  data: EvaluationData,
  folder: WorkFolder,
  onStudy: (study: Study) => void,
): Promise<Studies> {
  const { bounds, judge, utcOffsetMs } = plan
  const visible = visibleTo(collected, plan)
  const ple = rankerSettingsOf({ ...config, ranker: { ...config.ranker, mode: 'ple' } })
  const code = await codeHash('./run-studies')
  const keep = async <T>(study: Study, made: () => T): Promise<T | null> => {
    if (!asked.includes(study)) return null
    const key = keyOf([
      study,
      code,
      examplesKey,
      plan.bounds,
      judge,
      config.stages,
      study === 'separation' ? ple : null,
    ])
    const kept = await folder.read<T>(key)
    if (kept !== null) return kept
    onStudy(study)
    // Written and read, so that a first and a resumed run have the same.
    await folder.write(key, made())
    return folder.read<T>(key)
  }
  return {
    posterior: await keep('posterior', () => posteriorStudy(visible, bounds, judge)),
    stages: await keep('stages', () => stageStudy(visible, config.stages, utcOffsetMs, data.trueStage)),
    separation: await keep('separation', () => separationStudy(visible, ple, bounds, judge, data.trueStage)),
  }
}

function visibleTo(collected: CollectedExamples, { bounds, judge }: Plan): CollectedExamples {
  if (judge === 'test') return collected
  const { examples, predicted, tasks } = collected
  const rows = examples.flatMap(({ impressionTime }, row) => (impressionTime < bounds.validEndMs ? [row] : []))
  return {
    ...collected,
    examples: rows.map((row) => examples[row]),
    predicted: Float32Array.from({ length: rows.length * tasks.length }, (_, at) => {
      return predicted[rows[Math.floor(at / tasks.length)] * tasks.length + (at % tasks.length)]
    }),
  }
}
