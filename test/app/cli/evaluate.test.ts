import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeRow, LOG_HEADER, LOG_NAME, writeKuairand } from '../../support/kuairand-files.ts'
import { type CliResult, finishCli, runCli, startCli } from '../../support/run-cli.ts'

const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const DAY_MS = 86_400_000
/** 2022-04-25T00:00 at UTC+8, where KuaiRand's days begin. */
const START_MS = Date.parse('2022-04-25T00:00:00+08:00')
const ROWS_PER_DAY = 40

/** A log of four days, 25 to 28 April; who clicks depends on the user. */
function log(): string {
  const rows = Array.from({ length: 4 * ROWS_PER_DAY }, (_, i) => {
    const day = Math.floor(i / ROWS_PER_DAY)
    const row = changeRow('time_ms', `${START_MS + day * DAY_MS + (i % ROWS_PER_DAY) * 1000}`).split(',')
    const user = i % 7
    const columns = LOG_HEADER.split(',')
    row[columns.indexOf('date')] = `202204${25 + day}`
    row[columns.indexOf('user_id')] = `${user}`
    row[columns.indexOf('is_click')] = `${(user + (i % 5 === 0 ? 1 : 0)) % 2}`
    row[columns.indexOf('play_time_ms')] = `${(i * 7919) % 60_000}`
    row[columns.indexOf('is_profile_enter')] = i % 11 === 0 ? '1' : '0'
    return row.join(',')
  })
  return [LOG_HEADER, ...rows].join('\n')
}

const call = (...more: string[]): string[] => {
  const sizes = [
    '--set',
    'ranker.batchSize=32',
    '--set',
    'ranker.bundleEvery=64',
    '--set',
    'tracker.sliceSize=16',
    '--backend',
    'wasm',
  ]
  return ['evaluate', '--data', `kuairand:${folder}`, ...sizes, ...more]
}

beforeAll(() => writeKuairand(folder, { [LOG_NAME]: log() }))

interface Figure {
  readonly mean: number | null
  readonly std: number | null
}
interface Written {
  readonly studies: {
    readonly posterior: readonly { readonly task: string; readonly modes: readonly unknown[] }[]
    readonly stages: { readonly quality: { readonly share: readonly number[] } }
    readonly separation: { readonly labels: string }
  }
  readonly card: {
    readonly model: string
    readonly features: readonly [string, string][]
    readonly limits: readonly string[]
  }
  readonly data: Record<string, unknown>
  readonly plan: Record<string, unknown>
  readonly variants: readonly Record<string, unknown>[]
  readonly protocols: Record<
    string,
    {
      readonly rows: number
      readonly variants: Record<
        string,
        {
          readonly views: Record<string, Record<string, { overall: Record<string, Figure> }>>
          readonly paired: Record<string, { auc: Record<string, number | null> }> | null
        }
      >
    }
  >
}

const STAN = 'stan{levels=2}'
/** Starts the call with one worker, and kills it when two runs are done. */
async function interrupt(args: readonly string[]): Promise<void> {
  const child = startCli([...args, '--workers', '1'])
  const ended = finishCli(child)
  const runs = join(folder, 'work', 'runs')
  const done = async () => (await readdir(runs).catch(() => [])).filter((name) => name.endsWith('.json')).length
  while (child.exitCode === null && (await done()) < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGTERM')
  await ended
}

const VIEWS: Record<string, string[]> = {
  split: ['live', 'frozen'],
  prequential: ['live'],
  sync: ['32/live', '32/frozen', 'never/live', 'never/frozen'],
}
const DAYS = ['--train-to', '2022-04-26', '--valid-to', '2022-04-27']

describe('evaluate', () => {
  const file = join(folder, 'evaluation.json')
  const page = join(folder, 'evaluation.html')
  const work = ['--work', join(folder, 'work')]
  const modes = ['--modes', 'ple,stan{levels=2}']
  let run: CliResult
  let again: CliResult
  let text: string
  let html: string
  let result: Written

  beforeAll(async () => {
    const all = call(
      ...DAYS,
      ...work,
      ...modes,
      '--seeds',
      '2',
      '--prequential',
      '--resamples',
      '50',
      '--json',
      file,
      '--html',
      page,
      '--sync',
      '32,never',
    )
    await interrupt(all)
    run = await runCli(all)
    text = await readFile(file, 'utf8')
    html = await readFile(page, 'utf8')
    result = JSON.parse(text) as Written
    again = await runCli([...all, '--workers', '1', '--work', join(folder, 'other')])
  }, 180_000)

  test('ends with code 0, says which backend computes, and what it took over from an interrupted run', () => {
    expect(run.code).toBe(0)
    const [backend, kept, runs] = run.stderr.split('\n')
    expect([backend, kept]).toEqual(['backend: WebAssembly', `examples: 160 taken from ${work[1]}`])
    const [, taken] = /^runs: 12, of which (\d+) were done before$/.exec(runs) ?? []
    expect(Number(taken)).toBeGreaterThanOrEqual(2)
    expect(Number(taken)).toBeLessThan(12)
  })

  test('writes the same bytes from an empty work folder with another number of workers', async () => {
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('runs: 12, of which 0 were done before')
    expect(again.stdout).toBe(run.stdout)
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await readFile(page, 'utf8')).toBe(html)
  })

  test('writes the data, the plan, and mean and deviation of every metric', () => {
    expect(result.data).toMatchObject({ rows: 160, examples: 160, users: 7, deadLetters: 0 })
    expect(result.plan).toMatchObject({ trainTo: '2022-04-26', validTo: '2022-04-27', seeds: 2, base: 'ple' })
    expect(result.variants.map(({ name }) => name)).toEqual(['ple', STAN])
    expect(Object.keys(result.protocols)).toEqual(['split', 'prequential', 'sync'])
    for (const [protocol, { variants }] of Object.entries(result.protocols)) {
      for (const { views } of Object.values(variants)) {
        expect(Object.keys(views)).toEqual(VIEWS[protocol])
        const [first] = Object.values(views)
        expect(Object.keys(first)).toEqual(['click', 'stay', 'profile_enter'])
        expect(first.click.overall.auc.mean).toBeGreaterThan(0.5)
      }
    }
    expect(result.protocols.split.variants.ple.views.live.click.overall.auc.std).toBeGreaterThan(0)
    expect(text).not.toContain('NaN')
  })

  test('writes the differences from the base, per task and over tasks', () => {
    for (const { variants } of Object.values(result.protocols)) {
      expect(variants.ple.paired).toBeNull()
      for (const [task, { auc }] of Object.entries(variants[STAN].paired!)) {
        if (task === 'mean') continue
        const means = [STAN, 'ple'].map((mode) => Object.values(variants[mode].views)[0][task].overall.auc.mean!)
        expect(auc.difference).toBeCloseTo(means[0] - means[1], 6)
      }
    }
  })

  test('writes the studies and a model card', () => {
    const { posterior, stages, separation } = result.studies
    expect(posterior.map(({ task }) => task)).toEqual(['click', 'stay', 'profile_enter'])
    expect(posterior[0].modes).toHaveLength(9)
    expect(stages.quality.share.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(separation.labels).toBe('own')
    const meanAuc = (mode: string) => {
      const tasks = Object.values(Object.values(result.protocols.prequential.variants[mode].views)[0])
      return tasks.reduce((sum, { overall }) => sum + overall.auc.mean!, 0)
    }
    expect(result.card.model).toBe(meanAuc(STAN) > meanAuc('ple') ? STAN : 'ple')
    expect(Object.fromEntries(result.card.features).crosses).toContain('context:tab x state:stage')
    expect(result.card.limits).toContain(
      'profile_enter: fewer than 100 positives in new, wander, stick, loyal; figures by stage say little.',
    )
  })

  test('writes a report that loads nothing, runs nothing, and says n/a', () => {
    expect([...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)).toEqual([
      'scores',
      'differences',
      'curves',
      'sync',
      'posteriors',
      'stages',
      'card',
    ])
    expect(html).not.toMatch(/NaN|Infinity|undefined|https?:|<script|<link|<img|url\(/)
    expect(html).toContain('n/a')
    expect(html).toContain(result.protocols.split.variants[STAN].views.live.click.overall.auc.mean!.toFixed(4))
  })

  test('prints both protocols as tables', () => {
    const { mean, std } = result.protocols.prequential.variants[STAN].views.live.stay.overall.auc
    const [, prequential] = run.stdout.split('Prequential: second half of one pass; 80 rows of 7 users\n')
    expect(prequential).toContain(`${mean!.toFixed(4)} ±${std!.toFixed(4)}`)
    expect(run.stdout).toMatch(
      /^Split: test days, model frozen; 40 rows of 7 users\nmode +task +auc +gauc +ndcg5 +logLoss +ece +pcoc +relaImpr\nple +click /,
    )
    expect(run.stdout).not.toContain('NaN')
  })
})

test.each([
  [['--train-to', '2022-04-24', '--valid-to', '2022-04-27'], 'no row lies on or before the last training day'],
  [['--train-to', '2022-04-26', '--valid-to', '2022-04-28'], 'no row lies after the last validation day'],
  [['--train-to', '2022-04-26', '--valid-to', '2022-04-26', '--judge', 'valid'], 'no row lies on the validation days'],
  [['--from', '2022-05-01'], 'the data set has no rows in these days'],
  [
    ['--from', '2022-04-26'],
    'the data set has 3 days, and training, a validation day and 2 test days need 4; choose with --train-to and --valid-to',
  ],
])('evaluate refuses %j where nothing is left', async (days, sentence) => {
  const { code, stderr } = await runCli(call(...days, '--work', join(folder, 'work')))
  expect(code).toBe(2)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(`stan-lifecycle: Cannot evaluate: ${sentence}`)
})
