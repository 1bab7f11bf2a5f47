import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import { extractInFull } from '../../core/attention/full-extractor.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import { ChunkJoiner } from '../chunked-record.ts'
import type { Config } from '../config/config-schema.ts'
import { ingest, type IngestCounts } from '../ingest/ingest.ts'
import { Pipeline } from '../pipeline.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { memoryWorld, type World } from '../wire.ts'

export interface CollectedExamples {
  readonly tasks: readonly string[]
  /** Final examples in stream order (N). */
  readonly examples: readonly TrainingExample[]
  /** p_k of the left branch under the bundle in force (equation 9), (N, T) row-major; 0.5 before the first bundle. */
  readonly predicted: Float32Array
  /** The last model bundle, as its record; empty where there was none. */
  readonly bundle: Uint8Array
  /** Rows of the data set, those that became dead letters included. */
  readonly rows: number
  readonly deadLetters: number
}

/**
 * Examples of a data set as the tracker makes them, in stream order, with the bundles of one run of the whole pipeline
 * in memory. All modes are then trained on these same examples, so that a comparison differs in the model alone.
 */
export async function collectExamples(
  source: AsyncIterable<DatasetBatch>,
  config: Config,
  onProgress: (batch: DatasetBatch, counts: IngestCounts) => void,
): Promise<CollectedExamples> {
  // One partition, since only a partition has an order.
  const single: Config = { ...config, partitions: 1 }
  const world = await memoryWorld(single)
  const pipeline = await Pipeline.open(single, world, { tracker: true, ranker: true })
  try {
    const { rows } = await ingest(source, world, pipeline, single.partitions, onProgress)
    const examples: TrainingExample[] = []
    for await (const { value } of readTopic(world.log, TOPICS.trainingExamples)) {
      if (!value) continue
      const example = world.codecs.trainingExample.decodeOwn(value)
      if (example.kind === 'final') examples.push(example)
    }
    const bundles = await readBundles(world)
    return {
      tasks: config.tasks.map(({ name }) => name),
      examples,
      predicted: leftPredictions(examples, config.tasks.length, bundles),
      bundle: bundles.size > 0 ? world.codecs.modelBundle.encode([...bundles.values()].at(-1)!) : new Uint8Array(0),
      rows,
      deadLetters: await world.log.endOffset(TOPICS.deadLetters, 0),
    }
  } finally {
    pipeline.dispose()
    await world.close()
  }
}

async function readBundles(world: World): Promise<Map<number, ModelBundle>> {
  const bundles = new Map<number, ModelBundle>()
  const joiner = new ChunkJoiner()
  for await (const record of readTopic(world.log, TOPICS.modelBundles)) {
    const whole = joiner.add(record)
    if (!whole?.value) continue
    const bundle = world.codecs.modelBundle.decodeOwn(whole.value)
    bundles.set(bundle.version, bundle)
  }
  return bundles
}

function leftPredictions(
  examples: readonly TrainingExample[],
  taskCount: number,
  bundles: ReadonlyMap<number, ModelBundle>,
): Float32Array {
  const predicted = new Float32Array(examples.length * taskCount).fill(0.5)
  examples.forEach(({ bundleVersion, stateTokens }, i) => {
    const bundle = bundles.get(bundleVersion)
    if (bundle) predicted.set(extractInFull(bundle.extractor, stateTokens).predictions, i * taskCount)
  })
  return predicted
}
