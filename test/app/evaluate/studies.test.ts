import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { rankerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { collectExamples, type CollectedExamples } from '../../../src/app/evaluate/collect-examples.ts'
import { splitDaysOf } from '../../../src/app/evaluate/days.ts'
import { evaluationData } from '../../../src/app/evaluate/evaluation-data.ts'
import { posteriorStudy } from '../../../src/app/evaluate/posterior-study.ts'
import { renderStudies } from '../../../src/app/evaluate/render-studies.ts'
import { separationStudy } from '../../../src/app/evaluate/separation-study.ts'
import { stageStudy } from '../../../src/app/evaluate/stage-study.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { interaction, MINUTE_MS, START_MS } from '../../support/tracker-settings.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

beforeAll(() => chooseBackend('wasm'))

describe('on a simulated world', () => {
  const config = configSchema.parse({ ranker: { ...SMALL_SETTINGS.ranker, embeddingWidth: 8, bundleEvery: 512 } })
  const data = evaluationData('simulated:users=150,days=6,seed=2', {})
  let collected: CollectedExamples
  let days: ReturnType<typeof splitDaysOf>

  beforeAll(async () => {
    collected = await collectExamples(data.read(), config, () => {})
    days = splitDaysOf(collected.examples, {}, data.utcOffsetMs)
  })

  test('the days are those that were asked for, the last two of them the test', () => {
    expect(days).toMatchObject({ trainTo: '2025-01-03', validTo: '2025-01-04' })
    expect(collected.examples.length).toBeGreaterThan(2000)
    expect(collected.deadLetters).toBe(0)
  })

  test('p of the left branch is kept beside each example', () => {
    const { predicted, examples } = collected
    expect(predicted).toHaveLength(3 * examples.length)
    expect(examples[0].bundleVersion).toBe(0)
    expect(predicted[0]).toBe(0.5)
    expect(examples.at(-1)!.bundleVersion).toBeGreaterThan(0)
    expect(predicted.at(-1)).not.toBe(0.5)
  })

  test('our stages agree with the hidden ones better than chance', () => {
    const { truth, quality } = stageStudy(collected, config.stages, 0, data.trueStage)
    expect(truth!.all.rows).toBe(Math.ceil(collected.examples.length / 2))
    expect(truth!.withEvidence.ami).toBeGreaterThan(0.05)
    expect(quality.share.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  })

  test('counts beat Algorithm 1, and an empirical prior beats both', () => {
    const [click] = posteriorStudy(collected, days.bounds, 'test')
    const lossOf = (start: string) => click.modes.find(({ mode }) => mode.startsWith(start))!.overall.logLoss
    expect(lossOf('calibrated, 14 d')).toBeLessThan(lossOf('Algorithm 1: predicted, ordinal'))
    expect(lossOf('calibrated, 14 d')).toBeLessThan(click.populationLogLoss)
  })

  test('posteriors are not judged on days that are not', () => {
    const [click] = posteriorStudy(collected, days.bounds, 'valid')
    const valid = collected.examples.filter(
      ({ impressionTime: time }) => time >= days.bounds.trainEndMs && time < days.bounds.validEndMs,
    )
    expect(click.modes[0].overall.labels).toBe(valid.length)
  })

  test('embeddings are compared on hidden stages, and the study is told in tables', () => {
    const ple = rankerSettingsOf({ ...config, ranker: { ...config.ranker, mode: 'ple' } })
    const separation = separationStudy(collected, ple, days.bounds, 'test', data.trueStage)!
    expect(separation.labels).toBe('true')
    expect(separation.separations.map(({ width }) => width)).toEqual([24, 8 * 4])
    expect(separation.map).toHaveLength(separation.users)
    const stages = stageStudy(collected, config.stages, 0, data.trueStage)
    const text = renderStudies({ posterior: posteriorStudy(collected, days.bounds, 'test'), stages, separation })
    expect(text).toContain('Stages against the hidden ones')
    expect(text).not.toMatch(/NaN|undefined/)
  })
})

test('records of our own come from a JSONL file', async () => {
  const file = join(await temporaryFolder(), 'rows.jsonl')
  const rows = Array.from({ length: 6 }, (_, i) =>
    interaction('impression', `u${i % 2}`, START_MS + i * MINUTE_MS, { outcomes: { stay: i } }),
  )
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
  const config = configSchema.parse({ ranker: SMALL_SETTINGS.ranker })
  const { examples } = await collectExamples(evaluationData(`jsonl:${file}`, {}).read(), config, () => {})
  expect(examples.map(({ userId }) => userId)).toEqual(['u0', 'u1', 'u0', 'u1', 'u0', 'u1'])
})
