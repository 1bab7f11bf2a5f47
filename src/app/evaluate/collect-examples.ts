import type { TrainingExample } from '../../core/contracts/training-example.ts'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import type { Config } from '../config/config-schema.ts'
import { ingest, type IngestCounts } from '../ingest/ingest.ts'
import { Pipeline } from '../pipeline.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { memoryWorld } from '../wire.ts'

/**
 * Examples of a data set as the tracker makes them, in stream order, with the bundles of one run of the whole pipeline
 * in memory. All modes are then trained on these same examples, so that a comparison differs in the model alone.
 */
export async function collectExamples(
  source: AsyncIterable<DatasetBatch>,
  config: Config,
  onProgress: (batch: DatasetBatch, counts: IngestCounts) => void,
): Promise<TrainingExample[]> {
  // One partition, since only a partition has an order.
  const single: Config = { ...config, partitions: 1 }
  const world = await memoryWorld(single)
  const pipeline = await Pipeline.open(single, world, { tracker: true, ranker: true })
  try {
    await ingest(source, world, pipeline, single.partitions, onProgress)
    const examples: TrainingExample[] = []
    for await (const { value } of readTopic(world.log, TOPICS.trainingExamples)) {
      if (!value) continue
      const example = world.codecs.trainingExample.decodeOwn(value)
      if (example.kind === 'final') examples.push(example)
    }
    return examples
  } finally {
    pipeline.dispose()
    await world.close()
  }
}
