import { extractInFull } from '../../core/attention/full-extractor.ts'
import { STAGES, stageIndex, type Stage } from '../../core/contracts/stage.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { decodeCheckpoint } from '../../core/ranker/checkpoint-codec.ts'
import { linearProbe, type ProbeResult, standardise } from '../../core/ranker/metrics/linear-probe.ts'
import { silhouette } from '../../core/ranker/metrics/silhouette.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import { principalComponents, project } from '../../core/statistics/principal-components.ts'
import { createRecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { CollectedExamples } from './collect-examples.ts'
import { type JudgedDays, type SplitBounds, splitRows } from './run-protocol.ts'

/** How far the stages lie apart in an embedding of the users. */
export interface Separation {
  readonly embedding: string
  readonly width: number
  readonly silhouette: number
  readonly probe: ProbeResult
}

export interface SeparationStudy {
  /** Whose stages: hidden ones, or our own at the impression, which the state embedding is made of. */
  readonly labels: 'true' | 'own'
  readonly users: number
  readonly separations: readonly Separation[]
  /** The state embedding on its first two principal components, with the index of the stage. */
  readonly map: readonly (readonly [x: number, y: number, stage: number])[]
}

const MOST_USERS = 1000

/**
 * The seed paper's picture in numbers: the published state embedding [s_1 .. s_T] against the user side of PLE, which
 * reads id and attributes, trained on the training days. One impression for each sampled user, their last judged one.
 * Null without a bundle. TensorFlow.js' current backend computes.
 */
export function separationStudy(
  collected: CollectedExamples,
  ple: RankerSettings,
  bounds: SplitBounds,
  judge: JudgedDays,
  trueStage: ((userId: string, timeMs: number) => Stage) | undefined,
): SeparationStudy | null {
  if (collected.bundle.length === 0) return null
  const { train, judged } = splitRows(collected.examples, bounds, judge)
  const sample = sampleOf(judged)
  if (sample.length === 0) return null
  const labels = sample.map(({ userId, impressionTime, stage }) =>
    stageIndex(trueStage ? trueStage(userId, impressionTime) : stage),
  )
  const { extractor } = createRecordCodecs().modelBundle.decodeOwn(collected.bundle)
  const states = sample.map(({ stateTokens }) => extractInFull(extractor, stateTokens).embedding)
  const users = userSides(train, sample, ple)
  const axes = principalComponents(states, 2)
  return {
    labels: trueStage ? 'true' : 'own',
    users: sample.length,
    separations: [
      separationOf('state embedding', states, labels),
      separationOf('user side of ple: id and attributes', users, labels),
    ],
    map: states.map((state, i) => {
      const [x, y] = project(state, axes)
      return [x, y, labels[i]] as const
    }),
  }
}

/** The last judged row of each user; of many users every so many. */
function sampleOf(judged: readonly TrainingExample[]): TrainingExample[] {
  const last = [...new Map(judged.map((row) => [row.userId, row])).values()]
  const step = Math.max(1, last.length / MOST_USERS)
  return Array.from({ length: Math.min(last.length, MOST_USERS) }, (_, i) => last[Math.floor(i * step)])
}

function separationOf(embedding: string, points: readonly ArrayLike<number>[], labels: readonly number[]): Separation {
  const standard = standardise(points)
  return {
    embedding,
    width: points[0].length,
    silhouette: silhouette(standard, labels),
    probe: linearProbe(standard, labels, STAGES.length),
  }
}

/** What PLE without state knows of a user: the id's row and those of the attributes, (D (1 + A)). */
function userSides(
  train: readonly TrainingExample[],
  sample: readonly TrainingExample[],
  settings: RankerSettings,
): Float32Array[] {
  const ranker = new Ranker({ ...settings, stateFeatures: false })
  try {
    for (let from = 0; from < train.length; from += settings.batchSize) {
      ranker.testThenTrain(train.slice(from, from + settings.batchSize))
    }
    const sections = decodeCheckpoint(ranker.snapshot())
    const rowOf = new Map((sections['table/id:user/values'] as readonly string[]).map((value, row) => [value, row]))
    const ids = sections['table/id:user/embeddings'] as Float32Array
    const tokens = sections['tokens/values'] as Float32Array
    const { embeddingWidth: D, extractor } = settings
    return sample.map(({ userId, stateTokens }) => {
      const side = new Float32Array(D * (1 + extractor.fieldCount - extractor.stateFieldCount))
      const row = rowOf.get(userId) ?? 0
      side.set(ids.subarray(row * D, (row + 1) * D))
      for (let f = extractor.stateFieldCount; f < extractor.fieldCount; f++) {
        const token = extractor.tokenOffsets[f] + stateTokens[f]
        side.set(tokens.subarray(token * D, (token + 1) * D), D * (1 + f - extractor.stateFieldCount))
      }
      return side
    })
  } finally {
    ranker.dispose()
  }
}
