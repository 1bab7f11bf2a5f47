import { rankerSettingsOf, trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import type { Config } from '../../src/app/config/config-schema.ts'
import { RANKER_GROUP } from '../../src/app/trainer/open-trainer.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'
import { TOPICS, topicSpecs } from '../../src/app/topics.ts'
import { decodeCheckpoint } from '../../src/app/trainer/checkpoint-record.ts'
import { Trainer } from '../../src/app/trainer/trainer.ts'
import type { OutputRecord } from '../../src/io/log/log.ts'
import { MemoryLog } from '../../src/io/log/memory-log.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import type { FailingWrites } from './failing-writes.ts'
import { displacedInteractions, simulatedInteractions } from './simulated-interactions.ts'
import { SILENT } from '../../src/app/wire.ts'
import { TrackerBench } from './tracker-bench.ts'
import { testBundle } from './tracker-settings.ts'

const codecs = createRecordCodecs()

/** Training examples of a simulated shop as the tracker sends them, corrections included. */
export async function trackedExamples(config: Config, events: number): Promise<OutputRecord[]> {
  const bench = await TrackerBench.create(config.partitions)
  const settings = trackerSettingsOf(config)
  await bench.publish(testBundle(1, settings))
  await bench.send(...displacedInteractions(simulatedInteractions(events), 8, 150))
  for (let partition = 0; partition < config.partitions; partition++) await bench.run({ partition, settings })
  const records = await bench.records(TOPICS.trainingExamples)
  return records.map(({ offset: _offset, ...record }) => ({ ...record, topic: TOPICS.trainingExamples }))
}

/** A log in memory with examples, and trainers on it that may die and be opened again. */
export class TrainerBench {
  readonly log = new MemoryLog()
  readonly config: Config
  private readonly opened: Trainer[] = []

  private constructor(config: Config) {
    this.config = config
  }

  static async create(config: Config, examples: readonly OutputRecord[] = []): Promise<TrainerBench> {
    const bench = new TrainerBench(config)
    await bench.log.ensureTopics(topicSpecs(config.partitions))
    await bench.log.append(examples)
    return bench
  }

  async open(failures?: FailingWrites, onWarning: (sentence: string) => void = () => {}): Promise<Trainer> {
    const trainer = await Trainer.open({
      log: failures ? failures.log(this.log) : this.log,
      codecs,
      settings: rankerSettingsOf(this.config),
      group: RANKER_GROUP,
      partitions: this.config.partitions,
      bundleEvery: this.config.ranker.bundleEvery,
      bundleGuard: this.config.ranker.bundleGuard,
      logger: { ...SILENT, warn: (_facts, sentence) => onWarning(sentence ?? '') },
    })
    this.opened.push(trainer)
    return trainer
  }

  async predictions() {
    return (await this.values(TOPICS.predictions)).map((value) => codecs.prediction.decodeOwn(value))
  }

  async bundles() {
    return (await this.values(TOPICS.modelBundles)).map((value) => codecs.modelBundle.decodeOwn(value))
  }

  async checkpoint() {
    const value = (await this.values(TOPICS.checkpoints)).at(-1)
    return value === undefined ? null : decodeCheckpoint(value)
  }

  /** Gives the backend's memory back, of dead trainers too. */
  dispose(): void {
    for (const trainer of this.opened) trainer.dispose()
  }

  private async values(topic: string): Promise<Uint8Array[]> {
    const values: Uint8Array[] = []
    for await (const { value } of readTopic(this.log, topic)) if (value) values.push(value)
    return values
  }
}
