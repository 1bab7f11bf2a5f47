import type { BundleVersion } from '../../src/core/contracts/ids.ts'
import type { ModelBundle } from '../../src/core/contracts/model-bundle.ts'
import type { TrackerSettings } from '../../src/core/contracts/tracker-settings.ts'
import { createSeededRandom } from '../../src/core/statistics/seeded-random.ts'
import { fieldLayout } from '../../src/core/user-state/field-layout.ts'

/** A bundle of the size and spread that the default ranker publishes, for settings with three tasks. */
export function benchBundle(settings: TrackerSettings): ModelBundle {
  const random = createSeededRandom(1)
  const { tokenOffsets } = fieldLayout(settings)
  const fieldCount = tokenOffsets.length - 1
  const width = 16
  const taskCount = settings.tasks.length
  const draw = (length: number, deviation: number) => Float32Array.from({ length }, () => random.normal() * deviation)
  const common = { gammaMean: 0.4, labelMean: 0.3 }
  const priors = [
    { priorAlpha: 1.5, priorBeta: 3.5, median: 0.3 },
    { priorAlpha: 2, priorBeta: 4, median: 0.35 },
    { priorAlpha: 0.5, priorBeta: 15, median: 0.03 },
  ]
  return {
    version: 1 as BundleVersion,
    mode: 'ple',
    exampleCount: 0,
    eventTime: 0,
    tasks: settings.tasks.map(({ name, label }, k) => ({
      task: name,
      ...priors[k % priors.length],
      ...common,
      quantiles:
        label === 'quantile' ? Float64Array.from({ length: 129 }, (_, i) => 1000 * (i / 16) ** 2) : new Float64Array(0),
    })),
    extractor: {
      form: 'right',
      fieldCount,
      width,
      taskCount,
      tokenOffsets,
      tokenEmbeddings: draw(tokenOffsets[fieldCount] * width, 0.3),
      query: draw(width * width, 0.25),
      key: draw(width * width, 0.25),
      value: draw(width * width, 0.25),
      pooling: draw(taskCount * width, 0.5),
      headWeights: draw(taskCount * width, 0.5),
      headBias: draw(taskCount, 0.5),
    },
  }
}
