import { beforeAll, describe, expect, test } from 'vitest'
import { MonitorFeed, type Observe } from '../../../src/app/alerts/monitor-feed.ts'
import { MonitorRun } from '../../../src/app/alerts/monitor-run.ts'
import { latestAlerts } from '../../../src/app/alerts/latest-alerts.ts'
import { backtestAlerts } from '../../../src/app/alerts/backtest/backtest-alerts.ts'
import type { Config } from '../../../src/app/config/config-schema.ts'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { Observation } from '../../../src/core/alerts/observation.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import type { LifecycleAlert } from '../../../src/core/contracts/lifecycle-alert.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { FailingWrites, type FailureSide } from '../../support/failing-writes.ts'
import { KeptWorld } from '../../support/kept-world.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { HOUR_MS } from '../../support/tracker-settings.ts'

const EVENTS = 6000
const RULES = {
  'late-share': { minEvents: 20, fireAfter: 1, clearAfter: 1, coolDownHours: 1 },
  'dead-letter-rate': { minRecords: 20, clearAfter: 1, coolDownHours: 1 },
  'task-events-stopped': { minExpected: 10, minSilenceHours: 2, coolDownHours: 1 },
}

const codecs = createRecordCodecs()

function configWith(rules: Readonly<Record<string, unknown>> = RULES): Config {
  return configSchema.parse({ ...SMALL_SETTINGS, alerts: { rules } })
}

/**
 * A simulated shop in whose second third clicks get lost, every fifth record is broken or two hours late, and in whose
 * last third all is well again.
 */
function troubledEvents(): { interactions: Interaction[]; broken: ReadonlySet<number> } {
  const events = simulatedInteractions(EVENTS)
  const broken = new Set<number>()
  const interactions = events.flatMap((event, i) => {
    if (i < EVENTS / 3 || i >= (2 * EVENTS) / 3) return [event]
    if (event.type === 'click') return []
    if (i % 5 === 0) return [{ ...event, eventTime: event.eventTime - 2 * HOUR_MS, eventId: `late-${i}` as EventId }]
    if (i % 5 === 1) broken.add(i)
    return [event]
  })
  return { interactions, broken }
}

async function trackedWorld(config: Config): Promise<KeptWorld> {
  const kept = await KeptWorld.create(config)
  const world = kept.world()
  const { interactions } = troubledEvents()
  await world.log.append(
    interactions.flatMap((interaction, i) => {
      const at = { topic: TOPICS.interactions, partition: 0, timestamp: interaction.eventTime }
      const good = { ...at, key: Buffer.from(interaction.userId), value: world.codecs.interaction.encode(interaction) }
      const isTroubled = i > EVENTS / 3 && i < EVENTS / 2
      return i % 5 === 1 && isTroubled ? [good, { ...good, value: Buffer.from('no record') }] : [good]
    }),
  )
  const pipeline = await kept.openPipeline(world, { tracker: true, ranker: false })
  await pipeline.finish()
  return kept
}

/** Monitor alerts in the topic: rule, subject, status and time. */
async function raised({ log }: KeptWorld): Promise<string[]> {
  const lines: string[] = []
  for await (const { value } of readTopic(log, TOPICS.lifecycleAlerts)) {
    const alert = value && codecs.lifecycleAlert.decodeOwn(value)
    if (alert && alert.family !== 'user') {
      lines.push(`${alert.kind} ${alert.subject} ${alert.status} ${alert.eventTime}`)
    }
  }
  return lines
}

/** Runs a monitor to the end of the topics; it dies, and another one takes over, after every so many steps. */
async function monitor(kept: KeptWorld, diesAfter = Infinity, failures = FailingWrites.never()): Promise<void> {
  const { log } = kept.world(failures)
  // Every third step a commit is due, alert or not.
  let nowMs = 0
  const open = () => MonitorRun.open({ config: kept.config, log, codecs, chunk: 150, nowMs: () => (nowMs += 1700) })
  let run = await open()
  for (let steps = 1; ; steps++) {
    if ((await run.step()) === 0) break
    if (steps % diesAfter === 0) run = await open()
  }
  await run.close()
}

/** Tracked, and watched without a stop. */
let whole: KeptWorld

beforeAll(async () => {
  whole = await trackedWorld(configWith())
  await monitor(whole)
})

describe('the monitor, behind a real tracker', () => {
  test('raises and ends alerts of broken records, late ones and lost clicks', async () => {
    const alerts = await raised(whole)
    const short = alerts.map((line) => line.split(' ').slice(0, 3).join(' '))
    for (const subject of ['dead-letter-rate interactions', 'late-share interactions', 'task-events-stopped ctr']) {
      expect(short).toContain(`${subject} firing`)
      expect(short).toContain(`${subject} resolved`)
    }
    expect(new Set(alerts).size).toBe(alerts.length)
  })

  test('says the same when it dies again and again', async () => {
    const broken = await trackedWorld(configWith())
    await monitor(broken, 4)
    expect(await raised(broken)).toEqual(await raised(whole))
    expect((await raised(whole)).length).toBeGreaterThan(3)
  })

  test.each(['before', 'after'] as const)(
    'loses and repeats nothing when commits fail, %s they take effect',
    async (side: FailureSide) => {
      const faulty = await trackedWorld(configWith())
      const failures = FailingWrites.faultAt([1, 2, 3], side)
      const { log } = faulty.world(failures)
      const run = await MonitorRun.open({ config: faulty.config, log, codecs, chunk: 150, nowMs: () => 0 })
      let failed = 0
      for (;;) {
        try {
          if ((await run.step()) === 0) break
        } catch {
          failed++
        }
      }
      await run.close()
      expect(failed).toBe(3)
      expect(await raised(faulty)).toEqual(await raised(whole))
    },
  )

  test('a second monitor fences the first, whose commits leave nothing', async () => {
    const kept = await KeptWorld.create(configWith())
    const { log } = kept.world()
    const options = { config: kept.config, log, codecs, nowMs: () => 0 }
    const first = await MonitorRun.open(options)
    const second = await MonitorRun.open(options)
    const skew: Observation = { kind: 'skew', timeMs: 1, checked: 10, differing: 1 }
    await expect(first.step([skew])).rejects.toMatchObject({ code: 'fenced' })
    expect(await raised(kept)).toEqual([])
    await second.step([skew])
    expect((await raised(kept)).map((line) => line.split(' ')[0])).toContain('state-skew')
  })

  test('ends what a rule had fired that is switched off', async () => {
    const kept = await KeptWorld.create(configWith())
    const { log } = kept.world()
    const skew: Observation = { kind: 'skew', timeMs: 1, checked: 10, differing: 1 }
    const first = await MonitorRun.open({ config: kept.config, log, codecs, nowMs: () => 0 })
    while ((await first.step([])) > 0);
    await first.step([skew])
    const off = configWith({ ...RULES, 'state-skew': { enabled: false } })
    const second = await MonitorRun.open({ config: off, log, codecs, nowMs: () => 0 })
    await second.step()
    const skews = (await latestAlerts(log, codecs)).filter(({ kind }) => kind === 'state-skew')
    expect(skews).toMatchObject([{ status: 'resolved', message: 'The rule was switched off' }])
  })
})

describe('the feed', () => {
  test('hands on what was said of a chunk of input with it, and never ahead of it', async () => {
    const { log } = whole.world()
    const feed = new MonitorFeed(log, codecs, undefined, { chunk: 100 })
    let inputs = 0
    const ahead: string[] = []
    const kinds = new Map<string, number>()
    const observe: Observe = (observation, source) => {
      kinds.set(observation.kind, (kinds.get(observation.kind) ?? 0) + 1)
      if (observation.kind === 'input') inputs = source.offset
      const said =
        observation.kind === 'state'
          ? observation.state.source.offset
          : observation.kind === 'transition'
            ? observation.transition.source.offset
            : 0
      if (said > inputs + 1) ahead.push(`${observation.kind} of ${said} at ${inputs}`)
    }
    while ((await feed.follow(observe)) > 0);
    expect(ahead).toEqual([])
    for (const kind of ['input', 'state', 'transition', 'dead-letter', 'clock'])
      expect(kinds.get(kind)).toBeGreaterThan(0)
  })
})

describe('backtest', () => {
  test('finds the very alerts that tracker and monitor have raised', async () => {
    const kept = whole
    const world = kept.world()
    const { alerts } = await backtestAlerts(kept.config, world, await world.viewStore(`backtest ${Math.random()}`))
    const short = ({ deduplicationKey, status, eventTime }: LifecycleAlert): string =>
      `${deduplicationKey} ${status} ${eventTime}`
    const published: LifecycleAlert[] = []
    for await (const { value } of readTopic(kept.log, TOPICS.lifecycleAlerts)) {
      if (value) published.push(world.codecs.lifecycleAlert.decodeOwn(value))
    }
    expect(alerts.map(short).sort()).toEqual(published.map(short).sort())
    expect(published.filter(({ family }) => family === 'user').length).toBeGreaterThan(20)
  })

  test('counts what other rules would have said', async () => {
    const world = whole.world()
    const quiet = configWith({ ...RULES, 'dead-letter-rate': { enabled: false }, returned: { enabled: false } })
    const { alerts } = await backtestAlerts(quiet, world, await world.viewStore(`backtest ${Math.random()}`))
    const kinds = new Set(alerts.map(({ kind }) => kind))
    expect(kinds.has('dead-letter-rate') || kinds.has('returned')).toBe(false)
    expect(kinds.has('late-share')).toBe(true)
  })
})

describe('an erased user', () => {
  test('is in no list of alerts any more', async () => {
    const kept = whole
    const { log } = kept.world()
    const [{ subject }] = (await latestAlerts(log, codecs)).filter(({ family }) => family === 'user')
    await log.append([erasureRecord(0, subject, 0)])
    const pipeline = await kept.openPipeline(kept.world(), { tracker: true, ranker: false })
    await pipeline.finish()
    expect((await latestAlerts(log, codecs)).some((alert) => alert.subject === subject)).toBe(false)
  })
})
