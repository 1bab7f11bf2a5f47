/**
 * Extractor updates per second: the full computation against the incremental one, on the walk of tokens that one event
 * after another makes (on average three of the fields change). Checks that both agree first.
 */
import { Extractor } from '../src/core/attention/extractor.ts'
import { extractInFull } from '../src/core/attention/full-extractor.ts'
import { moveAttention, readEmbedding, readPredictions, startAttention } from '../src/core/attention/user-attention.ts'
import { createSeededRandom } from '../src/core/statistics/seeded-random.ts'
import { loadConfig } from '../src/app/config/load-config.ts'
import { trackerSettingsOf } from '../src/app/config/compile-config.ts'
import { KUAIRAND_PRESET } from '../src/app/config/kuairand-preset.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

printMachine()
const settings = trackerSettingsOf(await loadConfig({ environment: {}, flags: [], preset: KUAIRAND_PRESET }))
const { extractor: weights } = benchBundle(settings)
const tables = new Extractor(weights).tables
check(tables !== null, 'the weights cannot be run incrementally')

const random = createSeededRandom(2)
const walk: Int32Array[] = [new Int32Array(weights.fieldCount)]
for (let i = 1; i < 20_000; i++) {
  const tokens = walk[i - 1].slice()
  for (let change = 0; change < 3; change++) {
    const field = random.nextInt(weights.fieldCount)
    tokens[field] = random.nextInt(weights.tokenOffsets[field + 1] - weights.tokenOffsets[field])
  }
  walk.push(tokens)
}

const attention = startAttention(tables!, walk[0])
for (const tokens of walk.slice(0, 2000)) {
  moveAttention(attention, tokens)
  const full = extractInFull(weights, tokens)
  const worst = Math.max(
    ...readEmbedding(attention).map((value, i) => Math.abs(value - full.embedding[i])),
    ...readPredictions(attention).map((value, i) => Math.abs(value - full.predictions[i])),
  )
  check(worst <= 1e-5, `full and incremental differ by ${worst}`)
}

const { fieldCount, width } = weights
report('shape', `${fieldCount} fields, width ${width}, 3 of them changing`)
let fullMs = 0
let incrementalMs = 0
for (let round = 0; round < 3; round++) {
  let started = performance.now()
  for (const tokens of walk) extractInFull(weights, tokens)
  fullMs = performance.now() - started
  started = performance.now()
  for (const tokens of walk) {
    moveAttention(attention, tokens)
    readEmbedding(attention)
    readPredictions(attention)
  }
  incrementalMs = performance.now() - started
}
report('full', `${perSecond(walk.length, fullMs)} updates`)
report('incremental, embedding and predictions', `${perSecond(walk.length, incrementalMs)} updates`)
report('ratio', (fullMs / incrementalMs).toFixed(1))
