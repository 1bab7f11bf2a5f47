import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { z } from 'zod'
import type { configSchema } from '../../src/app/config/config-schema.ts'
import type { DriverOptions, TestDriver } from '../../src/testing.ts'
import { openTestDriver } from '../../src/testing.ts'
import { trackerSettings } from '../../src/library.ts'
import type { DriverSettings } from '../../src/testing/driver-settings.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS, testBundle } from '../support/tracker-settings.ts'

/** Whatever the driver takes is a configuration: does not compile otherwise. */
type IsConfiguration =
  DriverSettings extends Pick<Mutable<z.input<typeof configSchema>>, keyof DriverSettings> ? true : false
type Mutable<T> = T extends readonly (infer Part)[]
  ? readonly Mutable<Part>[]
  : T extends object
    ? { [Key in keyof T]: Mutable<T[Key]> }
    : T
const isConfiguration: IsConfiguration = true

async function openDriver(options?: DriverOptions): Promise<TestDriver> {
  const driver = await openTestDriver(options)
  onTestFinished(() => driver.close())
  return driver
}

/** Sends impressions of a user, one a minute; each is clicked when `clicks` says so. */
async function browse(driver: TestDriver, userId: string, clicks: readonly boolean[]): Promise<void> {
  for (const isClicked of clicks) {
    await driver.advanceBy(MINUTE_MS)
    await driver.send({ userId, itemId: 'shoes' })
    if (!isClicked) continue
    await driver.send({ userId, type: 'click' })
    await driver.send({ userId, type: 'stay', value: 90_000 })
    await driver.send({ userId, type: 'order' })
  }
}

describe('the test driver', () => {
  test('takes the keys of the configuration', () => {
    expect(isConfiguration).toBe(true)
  })

  test('has published what an event causes when the call returns', async () => {
    const driver = await openDriver()
    expect(driver.stateOf('ann')).toBeNull()
    const impression = await driver.send({ userId: 'ann' })
    expect(impression).toMatchObject({ eventId: 'event-1', itemId: 'item-1', type: 'impression', eventTime: START_MS })
    const click = await driver.send({ userId: 'ann', type: 'click' })
    expect(click).toMatchObject({ impressionId: impression.eventId, itemId: 'item-1' })
    const state = driver.stateOf('ann')!
    expect(state.tasks.find(({ task }) => task === 'ctr')).toMatchObject({ trials: 1, successes: 1 })
    expect(state).toMatchObject({ stage: 'new', dormant: false, eventTime: START_MS })
    expect([...driver.states().keys()]).toEqual(['ann'])
  })

  test('stands still until it is told to advance, then fires the timers it passes', async () => {
    const driver = await openDriver({ settings: { joiner: { attributionMinutes: 10 } } })
    await driver.send({ userId: 'ann' })
    await driver.send({ userId: 'ann', type: 'click', eventTime: START_MS + MINUTE_MS })
    expect(driver.nowMs).toBe(START_MS + MINUTE_MS)
    await driver.advanceTo(START_MS + 10 * MINUTE_MS - 1)
    expect(driver.examples()).toEqual([])
    await driver.advanceBy(1)
    const [example, ...more] = driver.examples('ann')
    expect(more).toEqual([])
    expect(example).toMatchObject({ userId: 'ann', kind: 'final' })
    expect(example.tasks.map(({ task, label }) => [task, label]).slice(0, 1)).toEqual([['ctr', 1]])
    // An hour late: a correction.
    await driver.send({ userId: 'ann', type: 'order', eventTime: START_MS + HOUR_MS })
    expect(driver.examples('ann').map(({ kind }) => kind)).toEqual(['final', 'correction'])
    expect(driver.examples('ben')).toEqual([])
  })

  test('shows transitions and alerts of a user who falls silent and comes back', async () => {
    const driver = await openDriver({
      settings: { stages: { minEvidence: 20, minLeadMinutes: 0 }, activity: { defaultDormantDays: 3 } },
    })
    await driver.useBundle(testBundle(1, trackerSettings()))
    await browse(
      driver,
      'ann',
      Array.from({ length: 40 }, () => true),
    )
    const reached = driver.stateOf('ann')!.stage
    expect(['stick', 'loyal']).toContain(reached)
    expect(driver.transitions('ann').at(-1)).toMatchObject({ reason: 'evidence', to: reached })
    expect(driver.alerts()).toEqual([])
    await driver.advanceBy(3 * DAY_MS + MINUTE_MS)
    expect(driver.stateOf('ann')).toMatchObject({ dormant: true })
    expect(driver.transitions('ann').at(-1)).toMatchObject({ reason: 'dormant' })
    expect(driver.alerts('ann').map(({ kind }) => kind)).toEqual(['went-dormant'])
    await driver.send({ userId: 'ann' })
    expect(driver.stateOf('ann')).toMatchObject({ dormant: false, returned: true, bundleVersion: 1 })
    expect(driver.alerts('ann').map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'went-dormant firing',
      'went-dormant resolved',
      'returned firing',
    ])
    expect(driver.alerts('ben')).toEqual([])
  })

  test.each([{ loseStore: false }, { loseStore: true }])(
    'goes on after a restart with %o as if nothing had been',
    async (how) => {
      const script = async (driver: TestDriver, restart: () => Promise<void>): Promise<unknown> => {
        await driver.useBundle(testBundle(1, trackerSettings()))
        await browse(driver, 'ann', [true, false, true])
        await restart()
        await browse(driver, 'ben', [false, true])
        await driver.send({ userId: 'ann', type: 'like' })
        await restart()
        await driver.advanceBy(10 * DAY_MS)
        return [[...driver.states()], driver.transitions(), driver.alerts(), driver.examples(), driver.deadLetters()]
      }
      const died = await openDriver()
      const lived = await openDriver()
      const outputs = await script(died, () => died.restart(how))
      // Offsets count the records of the input, which restarts do not add to.
      expect(outputs).toEqual(await script(lived, async () => {}))
      expect(died.stateOf('ann')!.tasks[0]).toMatchObject({ trials: 3, successes: 2 })
    },
  )

  test('erases a user, and knows their events no more', async () => {
    const driver = await openDriver()
    await driver.send({ userId: 'ann', itemId: 'shoes' })
    await driver.erase('ann')
    expect(driver.stateOf('ann')).toBeNull()
    await driver.send({ userId: 'ann', type: 'click' })
    expect(driver.deadLetters()).toMatchObject([{ cause: 'unknown-impression', field: 'impressionId' }])
    await driver.sendRecord({ key: 'ann', value: null })
    expect(driver.stateOf('ann')).toBeNull()
  })

  test('shows what becomes of the bytes of a producer', async () => {
    const driver = await openDriver()
    await driver.sendRecord({ key: 'ann', value: Buffer.from('{}') })
    expect(driver.deadLetters()).toMatchObject([{ cause: 'unreadable-record', origin: 'interactions/0@0' }])
    expect(String(driver.deadLetters()[0].bytes)).toBe('{}')
    await driver.send({ userId: 'ann' })
    expect(driver.stateOf('ann')).not.toBeNull()
  })

  test('an outcome belongs to the latest impression of its item', async () => {
    const driver = await openDriver()
    const [shoes] = await driver.sendAll([
      { userId: 'ann', itemId: 'shoes' },
      { userId: 'ann', itemId: 'socks' },
    ])
    expect(await driver.send({ userId: 'ann', type: 'click', itemId: 'shoes' })).toMatchObject({
      impressionId: shoes.eventId,
    })
    const named = await driver.send({ userId: 'ann', type: 'like', impressionId: shoes.eventId })
    expect(named.itemId).toBe('shoes')
    await expect(driver.send({ userId: 'ann', type: 'click', itemId: 'hat' })).rejects.toThrow(
      new TypeError('Cannot send click of ann: no impression of hat was sent before; name one in impressionId'),
    )
    expect(driver.deadLetters()).toEqual([])
  })

  test('reads a configuration file, and refuses what is no setting', async () => {
    const configFile = join(await temporaryFolder(), 'shop.yaml')
    await writeFile(configFile, 'partitions: 8\njoiner: { attributionMinutes: 1 }\n')
    const driver = await openDriver({ configFile, startMs: START_MS + 5 * DAY_MS })
    await driver.send({ userId: 'ann' })
    await driver.advanceBy(MINUTE_MS)
    expect(driver.examples()).toHaveLength(1)
    await expect(openTestDriver({ configFile, settings: {} })).rejects.toThrow(TypeError)
    const settings = { joiner: { attributionMinute: 1 } } as DriverSettings
    await expect(openTestDriver({ settings })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('the nearest is joiner.attributionMinutes'),
    })
  })

  test('time does not go back', async () => {
    const driver = await openDriver()
    const sentence = `Cannot advance to ${START_MS - 1}: it is no whole number of ms from ${START_MS} on`
    await expect(driver.advanceBy(-1)).rejects.toThrow(new RangeError(sentence))
    await expect(openTestDriver({ startMs: 0.5 })).rejects.toThrow(RangeError)
    await driver.close()
    await expect(driver.send({ userId: 'ann' })).rejects.toMatchObject({ code: 'closed' })
  })
})
