/**
 * KuaiRand through Kafka: `ingest --to-topic` into 8 partitions, `run --role tracker` twice. Checks that of every user
 * states, transitions and examples are those of one tracker on a log in memory; then, with `run --role ranker` beside
 * the trackers, that every row becomes one example and all are trained on.
 *
 *     node --import tsx bench/kafka-kuairand.ts ../shared/data/kuairand-pure [first day] [last day]
 */
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { configSchema } from '../src/app/config/config-schema.ts'
import { KUAIRAND_PRESET } from '../src/app/config/kuairand-preset.ts'
import { ingest } from '../src/app/ingest/ingest.ts'
import { Pipeline } from '../src/app/pipeline.ts'
import { memoryWorld } from '../src/app/wire.ts'
import { readKuairand } from '../src/io/datasets/kuairand-reader.ts'
import { outputsByUser, type UserOutputs } from '../test/support/outputs-by-user.ts'
import { type FleetProcess, KafkaFleet } from './support/kafka-fleet.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const [folder, from, to] = process.argv.slice(2)
const DAYS = [...(from ? ['--from', from] : []), ...(to ? ['--to', to] : [])]
const WITHIN_MS = 600_000
// The clock of the machine has no say in what is compared.
const SETTINGS = { ...KUAIRAND_PRESET, partitions: 8, tracker: { idleAdvanceSeconds: 86_400 } }

type Outputs = Readonly<Record<string, UserOutputs>>

printMachine()
const reference = await inMemory()
const { outputs } = await onKafka(false)
check(Object.keys(outputs).length === Object.keys(reference).length, `${Object.keys(outputs).length} users`)
for (const [user, expected] of Object.entries(reference)) {
  check(isDeepStrictEqual(outputs[user], expected), `the outputs of user ${user} differ`)
}
report('states, transitions and examples of every user', 'those of one tracker on a log in memory')
const ranked = await onKafka(true)
check(countExamples(ranked.outputs) === countExamples(reference), `${countExamples(ranked.outputs)} examples`)
report('with the ranker beside the trackers', `${countExamples(reference)} examples, all trained on`)

async function inMemory(): Promise<Outputs> {
  const config = configSchema.parse(SETTINGS)
  const world = await memoryWorld(config)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  const counts = await ingest(readKuairand(folder, { from, to }), world, pipeline, config.partitions, () => {})
  check(counts.rows > 0, `${folder} has no rows of these days`)
  const expected = await outputsByUser(world.log, world.codecs)
  const { length } = Object.keys(expected)
  report('rows', `${counts.rows} of ${length} users, ${countExamples(expected)} examples`)
  return expected
}

async function onKafka(withRanker: boolean): Promise<{ outputs: Outputs }> {
  const fleet = await KafkaFleet.start(SETTINGS)
  try {
    await fleet.command('ingest', 'kuairand', folder, ...DAYS, '--to-topic')
    const started = performance.now()
    fleet.run('tracker-1', 'tracker')
    fleet.run('tracker-2', 'tracker')
    const ranker = withRanker ? fleet.run('ranker', 'ranker') : null
    await fleet.untilTracked(WITHIN_MS)
    const elapsed = performance.now() - started
    const outputs = await outputsByUser(fleet.world.log, fleet.world.codecs)
    const examples = countExamples(outputs)
    report(`two trackers${withRanker ? ' and the ranker' : ''}, start included`, `${perSecond(examples, elapsed)} rows`)
    if (ranker) await untilTrained(ranker, examples)
    return { outputs }
  } finally {
    await fleet.stop()
  }
}

/** The ranker trains on full batches of each partition; what is left over waits for more. */
async function untilTrained(ranker: FleetProcess, examples: number): Promise<void> {
  const untilMs = performance.now() + WITHIN_MS
  const trained = (): number => ranker.status.at(-1)?.trained ?? 0
  const {
    partitions,
    ranker: { batchSize },
  } = configSchema.parse(SETTINGS)
  while (trained() <= examples - batchSize * partitions) {
    check(performance.now() < untilMs, `${trained()} of ${examples} examples trained on`)
    await setTimeout(200)
  }
}

function countExamples(outputs: Outputs): number {
  return Object.values(outputs).reduce((sum, { examples }) => sum + examples.length, 0)
}
