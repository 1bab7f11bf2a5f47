import { expect, test } from 'vitest'
import { rankerSettingsOf, trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { KUAIRAND_PRESET } from '../../../src/app/config/kuairand-preset.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'

const load = (flags: [string, string][], preset?: Record<string, unknown>) =>
  loadConfig({ environment: {}, flags, preset })

test('durations of the configuration become milliseconds', async () => {
  const { stages, activity, joiner } = trackerSettingsOf(
    await load([
      ['stages.minLeadMinutes', '1.5'],
      ['activity.sessionGapMinutes', '2'],
      ['activity.minDormantDays', '3'],
      ['activity.defaultDormantDays', '4'],
      ['activity.returnedDays', '5'],
      ['joiner.attributionMinutes', '6'],
      ['joiner.correctionHours', '7'],
    ]),
  )
  expect(stages.minLeadMs).toBe(90_000)
  expect(activity).toMatchObject({
    sessionGapMs: 120_000,
    minDormantMs: 3 * 86_400_000,
    defaultDormantMs: 4 * 86_400_000,
    returnedForMs: 5 * 86_400_000,
  })
  expect(joiner).toMatchObject({ attributionMs: 360_000, correctionMs: 7 * 3_600_000 })
})

test('the ranker embeds the ids and the listed features, and reads attributes through the extractor alone', async () => {
  const config = await load([
    ['features.context', '[hour]'],
    ['features.user', '[city]'],
    ['features.item', '[tag]'],
    ['features.attributes', '[{ name: age, buckets: 5 }]'],
  ])
  const { sparseFields, extractor, quantileTasks } = rankerSettingsOf(config)
  expect(sparseFields).toEqual([
    { source: 'id', name: 'user' },
    { source: 'id', name: 'item' },
    { source: 'context', name: 'hour' },
    { source: 'user', name: 'city' },
    { source: 'item', name: 'tag' },
  ])
  expect(extractor.fieldCount).toBe(extractor.stateFieldCount + 1)
  const { tokenOffsets } = extractor
  expect(tokenOffsets.at(-1)! - tokenOffsets.at(-2)!).toBe(5)
  expect(quantileTasks).toEqual(['stay'])
})

test('fields are crossed as they are named, whatever stands in the name', async () => {
  const config = await load([['ranker.crosses', '[["context:tab", "state:stage"], ["id:user", "item:a:b"]]']])
  expect(rankerSettingsOf(config).crosses).toEqual([
    [
      { source: 'context', name: 'tab' },
      { source: 'state', name: 'stage' },
    ],
    [
      { source: 'id', name: 'user' },
      { source: 'item', name: 'a:b' },
    ],
  ])
})

test("the preset for KuaiRand keeps the platform's own stages out of the inputs", async () => {
  const { features, stages, tasks, ranker } = await load([], KUAIRAND_PRESET)
  const inputs = [
    ...features.context,
    ...features.user,
    ...features.item,
    ...features.attributes.map(({ name }) => name),
  ]
  const crossed = ranker.crosses.flat().filter((field) => /^(context|user|item):/.test(field))
  expect(crossed.map((field) => field.replace(/^\w+:/, '')).filter((name) => !inputs.includes(name))).toEqual([])
  expect(inputs).toHaveLength(26)
  expect(inputs.filter((name) => ['user_active_degree', 'is_lowactive_period'].includes(name))).toEqual([])
  expect([stages.clickTask, stages.stayTask, stages.conversionTask]).toEqual(tasks.map(({ name }) => name))
})
