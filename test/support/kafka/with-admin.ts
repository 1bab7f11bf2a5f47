import type { Admin } from 'kafkajs'
import { connectKafka } from '../../../src/io/log/kafka/connect-kafka.ts'
import type { KafkaSettings } from '../../../src/io/log/kafka/kafka-settings.ts'
import { QUIET_LOGGER } from './kafka-settings.ts'

/** Does something as an administrator with the rights of the settings' user, over a connection of its own. */
export async function withAdmin<T>(settings: KafkaSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = await connectKafka(settings, QUIET_LOGGER)
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
