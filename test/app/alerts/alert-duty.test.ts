import { expect, onTestFinished, test } from 'vitest'
import { AlertDuty } from '../../../src/app/alerts/alert-duty.ts'
import { AlertForwarder } from '../../../src/app/alerts/alert-forwarder.ts'
import type { ProcessObservation } from '../../../src/core/alerts/observation.ts'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import type { Log } from '../../../src/io/log/log.ts'
import { openAlertSinks, type World } from '../../../src/app/wire.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeptWorld } from '../../support/kept-world.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { until } from '../../support/alertmanager.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { isSigned, WebhookReceiver } from '../../support/webhook-receiver.ts'

async function configWith(webhookUrl: string) {
  const secretFile = join(await temporaryFolder(), 'secret')
  await writeFile(secretFile, 'hush\n')
  return configSchema.parse({ alerts: { log: false, webhook: { url: webhookUrl, secretFile } } })
}

async function startDuty(world: World, config: Awaited<ReturnType<typeof configWith>>) {
  const { log, codecs } = world
  const forwarders = (await openAlertSinks(config.alerts, QUIET_LOGGER)).map(
    (wired) => new AlertForwarder({ ...wired, log, codecs, logger: QUIET_LOGGER, nowMs: Date.now }),
  )
  const seen: ProcessObservation[] = []
  const duty = new AlertDuty({
    config,
    world,
    forwarders,
    look: async () => seen.splice(0),
    growth: () => [],
    today: () => null,
    logger: QUIET_LOGGER,
  })
  const running = duty.run()
  running.catch(() => {})
  const end = async (): Promise<void> => {
    duty.stop()
    await running
  }
  onTestFinished(end)
  /** `seen`: what the process is to see at its next look. */
  return { seen, end }
}

const skewAt = (timeMs: number, differing: number) => ({ kind: 'skew' as const, timeMs, checked: 1000, differing })

test('an observation becomes an alert at the webhook, by the one process on duty; another takes over', async () => {
  const receiver = await WebhookReceiver.start()
  const config = await configWith(receiver.url)
  const kept = await KeptWorld.create(config)
  const first = await startDuty(kept.world(), config)
  const second = await startDuty(kept.world(), config)
  // The sinks begin with what comes after them.
  await until(
    'the first has taken its sink over',
    async () => (await kept.log.committed('alerts-webhook', 'lifecycle-alerts', 0)) !== null,
  )
  first.seen.push(skewAt(1000, 3))
  await until('the first alert has come', () => receiver.taken().length === 1)
  expect(receiver.taken()[0]).toMatchObject({ kind: 'state-skew', status: 'firing', subject: 'states' })
  expect(isSigned(receiver.deliveries[0], 'hush')).toBe(true)
  // It fires already: said once.
  first.seen.push(skewAt(2000, 3))
  await first.end()
  second.seen.push(skewAt(3000, 0))
  await until('the second has resolved it', () => receiver.taken().length === 2)
  expect(receiver.taken()[1]).toMatchObject({ kind: 'state-skew', status: 'resolved' })
  expect(receiver.taken()[1].deduplicationKey).toBe(receiver.taken()[0].deduplicationKey)
})

test('a sink that cannot be opened is closed before it is opened again', async () => {
  const receiver = await WebhookReceiver.start()
  const config = await configWith(receiver.url)
  const world = (await KeptWorld.create(config)).world()
  const said: string[] = []
  const log: Log = Object.assign(Object.create(world.log) as Log, {
    openWriter: async (group: string) => {
      const writer = await world.log.openWriter(group)
      if (group !== 'alerts-webhook') return writer
      said.push('open')
      const close = async (): Promise<void> => {
        said.push('close')
        await writer.close()
      }
      return { commit: writer.commit.bind(writer), close }
    },
    committed: async (group: string, topic: string, partition: number) => {
      if (group === 'alerts-webhook' && said.length === 1) {
        throw new LifecycleError('broker-unreachable', 'Cannot read a position: nobody answers', { retryable: true })
      }
      return world.log.committed(group, topic, partition)
    },
  })
  const { end } = await startDuty({ ...world, log }, config)
  await until('it is open again', () => said.filter((word) => word === 'open').length === 2)
  await end()
  expect(said).toEqual(['open', 'close', 'open', 'close'])
})

test('a secret that is missing or empty is said at once', async () => {
  const folder = await temporaryFolder()
  const config = (file: string) =>
    configSchema.parse({ alerts: { webhook: { url: 'http://127.0.0.1:1', secretFile: join(folder, file) } } }).alerts
  await writeFile(join(folder, 'empty'), '\n')
  await expect(openAlertSinks(config('none'), QUIET_LOGGER)).rejects.toMatchObject({ code: 'unreadable-file' })
  await expect(openAlertSinks(config('empty'), QUIET_LOGGER)).rejects.toThrow('it is empty')
})
