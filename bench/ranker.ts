/**
 * Examples per second of the ranker, test-then-train in batches of 512 and predict at three batch sizes, for each backend
 * that works here, or for those named as arguments (native, wasm, plain). Two shapes: 8 fields of 16 columns (input 128),
 * and the fields of KuaiRand-Pure without state (input 256). Checks that the model learns a planted cause first.
 */
import { BACKEND_NAMES, type BackendName, chooseBackend } from '../src/app/tensor-backend.ts'
import type { EventId, ItemId, Offset, UserId } from '../src/core/contracts/ids.ts'
import type { TrainingExample } from '../src/core/contracts/training-example.ts'
import { auc } from '../src/core/ranker/metrics/auc.ts'
import { Ranker } from '../src/core/ranker/ranker.ts'
import { rankerSettings, type RankerSettings } from '../src/core/ranker/ranker-settings.ts'
import { createSeededRandom } from '../src/core/statistics/seeded-random.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const BATCH = 512
/** Compiling the loops takes some hundred batches. */
const WARM_UP_BATCHES = 150
const ROUNDS = 24
const ROUND_BATCHES = 5
const TASKS = ['click', 'stay', 'profile_enter']
const RATES = [-0.2, 0, -4]
const TOKENS_PER_FIELD = 12
const STATE_FIELDS = 7
/** Distinct values of the plain features; user and item come on top. */
const CARDINALITIES = [5000, 15, 24, 2, 30, 3, 60, 20]

function settingsOf(plainFields: number, attributes: number): RankerSettings {
  const fieldCount = STATE_FIELDS + attributes
  return rankerSettings({
    tasks: TASKS,
    sparseFields: [
      { source: 'id', name: 'user' },
      { source: 'id', name: 'item' },
      ...Array.from({ length: plainFields }, (_, f) => ({ source: 'item' as const, name: `feature${f}` })),
    ],
    extractor: {
      fieldCount,
      stateFieldCount: STATE_FIELDS,
      tokenOffsets: Array.from({ length: fieldCount + 1 }, (_, f) => f * TOKENS_PER_FIELD),
      form: 'right',
    },
    stateNumberCount: 0,
    stateFeatures: false,
  })
}

/** A stream in which items have a taste, with the cardinalities of KuaiRand-Pure. */
function examplesFor(settings: RankerSettings, count: number): TrainingExample[] {
  const random = createSeededRandom(1)
  const tastes = Array.from({ length: 6000 }, () => 2 * random.normal())
  return Array.from({ length: count }, (_, i) => {
    const item = Math.floor(6000 * random.next() ** 2)
    const label = RATES.map((rate) => (random.next() < 1 / (1 + Math.exp(-rate - tastes[item])) ? 1 : 0))
    return {
      exampleId: String(i) as EventId,
      userId: String(random.nextInt(20_000)) as UserId,
      itemId: String(item) as ItemId,
      kind: 'final',
      weight: 1,
      impressionTime: i * 5000,
      context: {},
      userFeatures: {},
      itemFeatures: Object.fromEntries(
        CARDINALITIES.map((values, f) => [`feature${f}`, String((item * 7919 + random.nextInt(2)) % values)]),
      ),
      stage: 'new',
      stageProbabilities: [1, 0, 0, 0],
      stateTokens: Int32Array.from({ length: settings.extractor.fieldCount }, () => random.nextInt(TOKENS_PER_FIELD)),
      stateNumbers: new Float32Array(0),
      tasks: TASKS.map((task, k) => ({
        task,
        trial: true,
        label: label[k],
        rawValue: label[k],
        pseudoLabel: 0.4,
        alpha: 1,
        beta: 1,
        effectiveSampleSize: 1,
        gamma: 0.5,
        algorithmGamma: 0.5,
        trials: 1,
        successes: 0,
      })),
      bundleVersion: 0,
      source: { topic: 'interactions', partition: 0, offset: i as Offset },
    }
  })
}

function time(run: () => void): number {
  const started = performance.now()
  run()
  return performance.now() - started
}

function benchmark(backend: BackendName, shape: string, settings: RankerSettings): void {
  const warmUp = backend === 'plain' ? 20 : WARM_UP_BATCHES
  const rounds = backend === 'plain' ? 1 : ROUNDS
  const examples = examplesFor(settings, BATCH * (warmUp + rounds * ROUND_BATCHES))
  let at = 0
  const next = (): TrainingExample[] => examples.slice(at, (at += BATCH))
  const ranker = new Ranker(settings)

  const scores: number[] = []
  const clicks: number[] = []
  for (let batch = 0; batch < warmUp; batch++) {
    const rows = next()
    const { scores: of } = ranker.testThenTrain(rows)
    if (batch < warmUp / 2) continue
    rows.forEach(({ tasks }, b) => {
      scores.push(of[b * TASKS.length])
      clicks.push(tasks[0].label)
    })
  }
  check(auc(scores, clicks) > (backend === 'plain' ? 0.5 : 0.7), `AUC ${auc(scores, clicks)} on a planted cause`)

  // The fastest round: on a shared machine the others measure the neighbours.
  const trainMs = Math.min(
    ...Array.from({ length: rounds }, () =>
      time(() => {
        for (let batch = 0; batch < ROUND_BATCHES; batch++) ranker.testThenTrain(next())
      }),
    ),
  )
  report(`${backend}, ${shape}: test then train`, `${perSecond(ROUND_BATCHES * BATCH, trainMs)} examples`)
  for (const size of [1, 64, 512]) {
    const rows = examples.slice(0, size)
    const repeats = Math.ceil(1024 / size)
    const ms = Math.min(
      ...Array.from({ length: rounds }, () =>
        time(() => {
          for (let i = 0; i < repeats; i++) ranker.predict(rows)
        }),
      ),
    )
    report(`${backend}, ${shape}: predict ${size}`, `${perSecond(repeats * size, ms)} rows`)
  }
  ranker.dispose()
}

printMachine()
const named = process.argv.slice(2) as BackendName[]
for (const backend of named.length > 0 ? named : BACKEND_NAMES) {
  try {
    await chooseBackend(backend)
  } catch (error) {
    report(backend, `not here: ${(error as Error).message}`)
    continue
  }
  benchmark(backend, 'input 128', settingsOf(4, 2))
  benchmark(backend, 'input 256', settingsOf(8, 6))
}
