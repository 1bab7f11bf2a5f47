import type { Kafka, Producer } from 'kafkajs'
import { Partitioners } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compressionType } from '../../../../src/io/log/kafka/compression-codecs.ts'
import { connectKafka } from '../../../../src/io/log/kafka/connect-kafka.ts'
import { KAFKA_COMPRESSIONS } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { consumeWithJava, produceWithJava } from '../../../support/kafka/console-client.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { KAFKA_VERSIONS } from '../../../support/kafka/kafka-versions.ts'
import { recordingLogger } from '../../../support/kafka/recording-logger.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { storedCompressions } from '../../../support/kafka/stored-compressions.ts'
import { testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'

/** More than a block of any of the formats, in one batch. */
const LINES = 3_000

const linesOf = (name: string) =>
  Array.from({ length: LINES }, (_, i) => `${name} ${i} ${(i * 2_654_435_761) % 4_294_967_296} ${'é'.repeat(i % 40)}`)

async function withProducer(kafka: Kafka, work: (producer: Producer) => Promise<void>): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await work(producer)
  await producer.disconnect()
}

/** The first `count` values of a topic. */
async function consume(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `reads-${topic}` })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    const eachBatch = ({ batch }: { batch: { messages: { value: Buffer | null }[] } }) => {
      values.push(...batch.messages.map(({ value }) => String(value)))
      if (values.length >= count) resolve()
      return Promise.resolve()
    }
    consumer.run({ autoCommit: false, eachBatch }).catch(reject)
  })
  await consumer.disconnect()
  return values
}

describeWithKafka.each(KAFKA_VERSIONS)('with Kafka %s', (version) => {
  let cluster: KafkaCluster
  let kafka: Kafka
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version, nodes: 1 })
    kafka = await connectKafka(testKafkaSettings(cluster), recordingLogger().logger)
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'ours' }, { topic: 'theirs' }] })
    await admin.disconnect()
  })
  afterAll(() => cluster?.stop())

  test('what we send in every compression, Java reads and we read', async () => {
    await withProducer(kafka, async (producer) => {
      for (const name of KAFKA_COMPRESSIONS) {
        const messages = linesOf(name).map((value) => ({ value }))
        await producer.send({ topic: 'ours', compression: compressionType(name), messages })
      }
    })
    expect(await storedCompressions(cluster, 'ours')).toEqual(KAFKA_COMPRESSIONS)
    const sent = KAFKA_COMPRESSIONS.flatMap(linesOf)
    expect(await consumeWithJava(cluster, 'ours', sent.length)).toEqual(sent)
    expect(await consume(kafka, 'ours', sent.length)).toEqual(sent)
  })

  test('what Java sends in every compression, we read', async () => {
    for (const name of KAFKA_COMPRESSIONS) {
      const codec = ['--compression-codec', name, '--batch-size', '500000', '--timeout', '500']
      await produceWithJava(cluster, 'theirs', linesOf(name), codec)
    }
    expect([...new Set(await storedCompressions(cluster, 'theirs'))]).toEqual(KAFKA_COMPRESSIONS)
    const sent = KAFKA_COMPRESSIONS.flatMap(linesOf)
    expect(await consume(kafka, 'theirs', sent.length)).toEqual(sent)
  })
})
