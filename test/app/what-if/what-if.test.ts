import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rankerSettingsOf, trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { renderWhatIf } from '../../../src/app/what-if/render-what-if.ts'
import { readChange } from '../../../src/app/what-if/settings-change.ts'
import { whatIf, type WhatIf, type WhatIfOptions } from '../../../src/app/what-if/what-if.ts'
import { whatIfPage } from '../../../src/app/what-if/what-if-page.ts'
import { STAGES, type Stage } from '../../../src/core/contracts/stage.ts'
import type { TrackerSettings } from '../../../src/core/contracts/tracker-settings.ts'
import { trackerSettings } from '../../../src/core/tracker-settings.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { dumpTopics } from '../../support/dump-topics.ts'
import { KeptWorld } from '../../support/kept-world.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { TrackerBench } from '../../support/tracker-bench.ts'
import { HOUR_MS, testBundle } from '../../support/tracker-settings.ts'

const PAPER = trackerSettings({
  stages: { minEvidence: 1, margin: 0.02, minLeadMs: 300_000 },
  activity: { minDormantMs: 5 * HOUR_MS, defaultDormantMs: 14 * HOUR_MS, returnedForMs: 5 * HOUR_MS },
})
const TALK: TrackerSettings = { ...PAPER, stages: { ...PAPER.stages, rules: 'talk' } }
const input = simulatedInteractions(1200, 40)
const SWITCH = 600

/** A run whose first half is tracked under one set of rules and whose second under another. */
async function benchOf(first: TrackerSettings, second: TrackerSettings, partitions = 1): Promise<TrackerBench> {
  const bench = await TrackerBench.create(partitions)
  const pieces = [
    [0, 300, first],
    [300, SWITCH, first],
    [SWITCH, 1200, second],
  ] as const
  for (const [at, [from, to, settings]] of pieces.entries()) {
    await bench.send(...input.slice(from, to))
    for (let partition = 0; partition < partitions; partition++) await bench.run({ partition, settings })
    await bench.publish(testBundle(at + 1, PAPER))
  }
  return bench
}

async function compare(bench: TrackerBench, change: Partial<WhatIfOptions> & { rules?: string }): Promise<WhatIf> {
  const { rules = 'talk', ...options } = change
  return whatIf({
    log: bench.log,
    codecs: bench.codecs,
    scratch: async () => new MemoryStore(),
    change: await readChange(PAPER, { rules }),
    ranker: null,
    fromMs: -Infinity,
    toMs: Infinity,
    sample: 5,
    ...options,
  })
}

/** What a real run published, in the form of the report. */
async function publishedBy(bench: TrackerBench, fromMs = -Infinity) {
  const users = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>
  for (const state of (await bench.userStates()).values()) if (state) users[state.stage]++
  const transitions = (await bench.transitions()).filter(({ eventTime }) => eventTime >= fromMs)
  const of = (reason: string) => transitions.filter((transition) => transition.reason === reason).length
  return { users, moves: of('evidence'), dormant: of('dormant'), returned: of('returned') }
}

describe('what if', () => {
  test.each([1, 2])(
    'the other world is what a real run under those rules gives, with %i partitions',
    async (partitions) => {
      const present = await benchOf(PAPER, PAPER, partitions)
      const result = await compare(present, {})
      const other = await benchOf(TALK, TALK, partitions)
      expect(result.before).toMatchObject(await publishedBy(present))
      expect(result.after).toMatchObject(await publishedBy(other))
      expect(result.differingUsers).toBeGreaterThan(3)
      expect(result.changed).toEqual([{ setting: 'stages.rules', from: 'paper', to: 'talk' }])
      const alerts = (await other.records(TOPICS.lifecycleAlerts)).map(({ value }) => {
        return other.codecs.lifecycleAlert.decodeOwn(value!)
      })
      const fired = alerts.filter(({ status }) => status === 'firing')
      expect(fired.length).toBeGreaterThan(5)
      expect(Object.values(result.after.alerts).reduce((sum, count) => sum + count)).toBe(fired.length)
    },
  )

  test('from a time on is what a real run gives that changed its rules then', async () => {
    const present = await benchOf(PAPER, PAPER)
    const fromMs = input[SWITCH].eventTime
    const result = await compare(present, { fromMs })
    const other = await benchOf(PAPER, TALK)
    expect(result.after).toMatchObject(await publishedBy(other, fromMs))
    expect(result.before).toMatchObject(await publishedBy(present, fromMs))
    expect(result.changedFrom).toBe(fromMs)
  })

  test('to a time counts nothing behind it', async () => {
    const present = await benchOf(PAPER, PAPER)
    const toMs = input[SWITCH].eventTime
    const result = await compare(present, { toMs })
    const moves = (await present.transitions()).filter(
      ({ reason, eventTime }) => reason === 'evidence' && eventTime <= toMs,
    )
    expect(result.before.moves).toBe(moves.length)
    expect(result.to).toBe(toMs)
  })

  test('nothing changed is no difference, and the present is not touched', async () => {
    const present = await benchOf(PAPER, PAPER)
    const topics = await dumpTopics(present.log)
    const result = await compare(present, { rules: 'paper' })
    expect(result.after).toEqual(result.before)
    expect([result.differingUsers, result.changed, result.sample]).toEqual([0, [], []])
    expect(await dumpTopics(present.log)).toEqual(topics)
  })

  test('the sample names users who differ, with what each world believes', async () => {
    const result = await compare(await benchOf(PAPER, PAPER), {})
    expect(result.sample.length).toBeGreaterThan(2)
    for (const { before, after, tasks } of result.sample) {
      expect(before.stage).not.toBe(after.stage)
      expect(before.stageProbabilities.reduce((sum, share) => sum + share)).toBeCloseTo(1, 5)
      expect(tasks).toHaveLength(3)
      expect(after.lastMove?.to ?? after.stage).toBe(after.stage)
    }
    const text = renderWhatIf(result)
    expect(text).toContain('stages.rules: paper in this world, talk in the other')
    expect(text).toContain(`${result.differingUsers} of ${result.users} users end in another stage`)
  })

  test('the page loads nothing, and an id is text in it', async () => {
    const result = await compare(await benchOf(PAPER, PAPER), {})
    const [first] = result.sample
    const page = whatIfPage({ ...result, sample: [{ ...first, userId: '<img src=x>' }] })
    expect(page).not.toMatch(/<script|<link|<img|url\(|https?:/)
    expect(page).toContain('&lt;img src=x&gt;')
    expect(page).toContain("default-src 'none'")
  })
})

describe('what if, with a ranker', () => {
  let kept: KeptWorld
  const config = smallConfig({ sliceSize: 200, batchSize: 64, bundleEvery: 256 })

  beforeAll(async () => {
    await chooseBackend('wasm')
    kept = await KeptWorld.create(config)
    const bench = await TrackerBench.create()
    await kept.log.append(bench.recordsOf(simulatedInteractions(1500)))
    await (await kept.openPipeline(kept.world())).finish()
  })
  afterAll(() => kept.dispose())

  const run = async (mode: typeof config.ranker.mode, rules = 'paper') =>
    whatIf({
      ...kept.world(),
      scratch: async () => new MemoryStore(),
      change: await readChange(trackerSettingsOf(config), { rules }),
      ranker: {
        present: config.ranker.mode,
        settings: rankerSettingsOf({ ...config, ranker: { ...config.ranker, mode } }),
      },
      fromMs: -Infinity,
      toMs: Infinity,
      sample: 0,
    })

  test('the same mode on the same examples has the metrics that were published', async () => {
    const { ranker } = await run(config.ranker.mode)
    expect(ranker!.before[0].examples).toBeGreaterThan(500)
    for (const [k, { auc, logLoss, examples }] of ranker!.before.entries()) {
      expect(ranker!.after[k].examples).toBe(examples)
      expect(ranker!.after[k].auc).toBeCloseTo(auc, 6)
      expect(ranker!.after[k].logLoss).toBeCloseTo(logLoss, 6)
    }
  })

  test('another mode has others, on the same examples', async () => {
    const { ranker, after, before } = await run('stan')
    expect(after).toEqual(before)
    expect([ranker!.beforeMode, ranker!.afterMode]).toEqual(['stan-gated', 'stan'])
    expect(ranker!.after.map(({ examples }) => examples)).toEqual(ranker!.before.map(({ examples }) => examples))
    expect(ranker!.after.map(({ auc }) => auc)).not.toEqual(ranker!.before.map(({ auc }) => auc))
  })
})

describe('a change of settings', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stan-change-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const file = async (text: string): Promise<string> => {
    const path = join(folder, 'change.yaml')
    await writeFile(path, text)
    return path
  }

  test('is read from a file, and names what differs alone', async () => {
    const rules = await file('stages: { rules: talk, margin: 0.3, minEvidence: 1 }')
    expect(await readChange(PAPER, { rules })).toMatchObject({
      stages: { rules: 'talk', margin: 0.3 },
      posterior: {},
      fromStart: false,
      changed: [{ setting: 'stages.rules' }, { setting: 'stages.margin', from: 0.02, to: 0.3 }],
    })
  })

  test('of the evidence begins with the first event', async () => {
    const posterior = await file('posterior: { halfLifeDays: 7 }')
    expect(await readChange(PAPER, { posterior })).toMatchObject({ posterior: { halfLifeDays: 7 }, fromStart: true })
    expect(await readChange(PAPER, { posterior: await file('posterior: { mode: paper }') })).toMatchObject({
      fromStart: false,
    })
  })

  test.each([['nonsense', /Cannot use --rules nonsense: it is no built-in set \(paper, talk\) and is no file/]])(
    'is refused for %s',
    async (rules, words) => {
      await expect(readChange(PAPER, { rules })).rejects.toThrow(words)
    },
  )

  test.each([
    ['', /it holds none of the sections stages, posterior/],
    ['stages: [', /it is not YAML/],
    ['ranker: { mode: stan }', /it holds ranker, and only stages and posterior may differ/],
    ['stages: { rule: talk }', /stages\.rule; the nearest is stages\.rules/],
    ['stages: { rules: best }', /stages\.rules/],
    ['stages: { clickTask: nothing }', /is no task/],
  ])('is refused for a file with %j', async (text, words) => {
    await expect(readChange(PAPER, { rules: await file(text) })).rejects.toThrow(words)
  })
})
