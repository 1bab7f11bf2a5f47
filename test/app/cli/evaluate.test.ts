import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeRow, LOG_HEADER, LOG_NAME, writeKuairand } from '../../support/kuairand-files.ts'
import { type CliResult, runCli } from '../../support/run-cli.ts'

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

interface Written {
  readonly modes: Record<
    string,
    Record<string, Record<string, Record<string, { mean: number | null; std: number | null }>>>
  >
  readonly paired: Record<string, Record<string, Record<string, { auc: Record<string, number | null> }>>>
}

describe('evaluate', () => {
  const file = join(folder, 'evaluation.json')
  let run: CliResult
  let result: Written

  beforeAll(async () => {
    const days = ['--train-to', '2022-04-26', '--valid-to', '2022-04-27']
    run = await runCli(call(...days, '--seeds', '2', '--prequential', '--json', file))
    result = JSON.parse(await readFile(file, 'utf8')) as Written
  })

  test('ends with code 0 and says which backend computes', () => {
    expect(run).toMatchObject({ code: 0, stderr: expect.stringMatching(/^backend: WebAssembly\n/) as unknown })
  })

  test('writes mean and deviation of every metric by mode, protocol and task', () => {
    expect(Object.keys(result)).toEqual(['modes', 'paired'])
    expect(Object.keys(result.modes)).toEqual(['ple', 'stan'])
    for (const byProtocol of Object.values(result.modes)) {
      expect(Object.keys(byProtocol)).toEqual(['split', 'prequential'])
      for (const byTask of Object.values(byProtocol)) {
        expect(Object.keys(byTask)).toEqual(['click', 'stay', 'profile_enter'])
        for (const metrics of Object.values(byTask)) {
          expect(Object.keys(metrics)).toEqual(['auc', 'gauc', 'ndcg5', 'logLoss', 'ece', 'pcoc'])
          for (const figure of Object.values(metrics)) expect(Object.keys(figure)).toEqual(['mean', 'std'])
        }
      }
      const { auc, gauc } = byProtocol.split.click
      expect(auc.mean).toBeGreaterThan(0.5)
      expect(auc.std).toBeGreaterThan(0)
      expect(gauc.mean).not.toBeNull()
    }
  })

  test('writes the paired differences of the two modes, per task and over tasks', () => {
    expect(Object.keys(result.paired)).toEqual(['ple-stan'])
    for (const [protocol, byTask] of Object.entries(result.paired['ple-stan'])) {
      expect(Object.keys(byTask)).toEqual(['click', 'stay', 'profile_enter', 'mean'])
      for (const [task, { auc }] of Object.entries(byTask)) {
        expect(Object.keys(auc)).toEqual(['difference', 'low', 'high'])
        if (task === 'mean') continue
        expect(auc.difference).toBeTypeOf('number')
        const means = ['ple', 'stan'].map((mode) => result.modes[mode][protocol][task].auc.mean!)
        expect(auc.difference).toBeCloseTo(means[0] - means[1], 6)
      }
    }
  })

  test('prints both protocols as tables', () => {
    const { mean, std } = result.modes.stan.prequential.stay.auc
    const [, prequential] = run.stdout.split('Prequential: second half of one pass\n')
    expect(prequential).toContain(`${mean!.toFixed(4)} ±${std!.toFixed(4)}`)
    expect(run.stdout).toMatch(
      /^Split: test days, model frozen\nmode +task +auc +gauc +ndcg5 +logLoss +ece +pcoc\nple +click /,
    )
  })
})

test.each([
  ['2022-04-24', '2022-04-27', 'Cannot evaluate: no row lies on or before the last training day'],
  ['2022-04-26', '2022-04-28', 'Cannot evaluate: no row lies after the last validation day'],
])('evaluate refuses to train to %s and validate to %s where nothing is left', async (trainTo, validTo, sentence) => {
  const { code, stderr } = await runCli(call('--train-to', trainTo, '--valid-to', validTo))
  expect(code).toBe(2)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(`stan-lifecycle: ${sentence}`)
})
