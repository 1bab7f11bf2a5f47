import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { KUAIRAND_PRESET } from '../../../src/app/config/kuairand-preset.ts'
import { type ConfigSources, environmentName, loadConfig } from '../../../src/app/config/load-config.ts'
import { MODE_NAMES } from '../../../src/core/ranker/modes/mode-names.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const EXAMPLE = fileURLToPath(new URL('../../../deploy/example.yaml', import.meta.url))

const load = (sources: Partial<ConfigSources> = {}) => loadConfig({ environment: {}, flags: [], ...sources })

const flag = (path: string, text: string): Partial<ConfigSources> => ({ flags: [[path, text]] })

async function yamlFile(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'config.yaml')
  await writeFile(file, text)
  return file
}

describe('the configuration', () => {
  test('is complete without any source, and frozen to its leaves', async () => {
    const config = await load()
    expect(config.ranker.mode).toBe('stan-gated')
    expect(config.tasks.map(({ name }) => name)).toEqual(['ctr', 'stay', 'cvr'])
    expect(() => Object.assign(config.tasks[0], { name: 'other' })).toThrow(TypeError)
    expect(() => config.features.item.push('other')).toThrow(TypeError)
  })

  test('takes flags over environment over file over preset', async () => {
    const sources = {
      preset: { seed: 2, partitions: 2, logLevel: 'warn', dataDir: 'preset' },
      file: await yamlFile('seed: 3\npartitions: 3\nlogLevel: error\n'),
      environment: { STAN_SEED: '4', STAN_PARTITIONS: '4' },
      flags: [['seed', '5']],
    } as const
    const { seed, partitions, logLevel, dataDir } = await load(sources)
    expect({ seed, partitions, logLevel, dataDir }).toEqual({
      seed: 5,
      partitions: 4,
      logLevel: 'error',
      dataDir: 'preset',
    })
  })

  test('keeps the other settings of a group of which a file sets one', async () => {
    const { ranker } = await load({ file: await yamlFile('ranker: { levels: 2 }\n') })
    expect(ranker).toMatchObject({ levels: 2, mode: 'stan-gated', batchSize: 512 })
  })

  test.each(MODE_NAMES)('takes ranker.mode %s', async (mode) => {
    expect((await load({ flags: [['ranker.mode', mode]] })).ranker.mode).toBe(mode)
  })

  test('takes an empty file for no settings', async () => {
    expect(await load({ file: await yamlFile('# nothing\n') })).toEqual(await load())
  })

  test('leaves the preset as it was', async () => {
    const before = structuredClone(KUAIRAND_PRESET)
    await load({ preset: KUAIRAND_PRESET, file: await yamlFile('features: { item: [] }\n') })
    expect(KUAIRAND_PRESET).toEqual(before)
  })

  test('written as YAML is read as the same again', async () => {
    const config = await load({ preset: KUAIRAND_PRESET, flags: [['ranker.towerWidths', '[8, 4]']] })
    const text = stringify(config)
    expect(parse(text)).toEqual(config)
    expect(await load({ file: await yamlFile(text) })).toEqual(config)
  })

  test('of deploy/example.yaml is valid, and its values are the defaults it says they are', async () => {
    expect(await load({ file: EXAMPLE })).toEqual(await load())
  })
})

describe('a text that stands for a setting', () => {
  test.each([
    ['dataDir', '2024', '2024'],
    ['dataDir', 'a: b', 'a: b'],
    ['stages.clickTask', 'ctr', 'ctr'],
    ['seed', '7', 7],
    ['ranker.stateFeatures', 'false', false],
    ['features.item', '[category, tag]', ['category', 'tag']],
    ['ranker.towerWidths', '[8, 4]', [8, 4]],
  ])('%s=%s is read as what the setting wants', async (path, text, value) => {
    const at = (config: unknown) =>
      path.split('.').reduce((held, key) => (held as Record<string, unknown>)[key], config)
    expect(at(await load(flag(path, text)))).toEqual(value)
    expect(at(await load({ environment: { [environmentName(path)]: text } }))).toEqual(value)
  })

  test.each([
    ['ranker.bundleEvery', 'STAN_RANKER_BUNDLE_EVERY'],
    ['dataDir', 'STAN_DATA_DIR'],
    ['activity.minDormantDays', 'STAN_ACTIVITY_MIN_DORMANT_DAYS'],
  ])('of %s may come from %s', (path, variable) => {
    expect(environmentName(path)).toBe(variable)
  })
})

test('the variables of the tests are no settings, and others without the prefix are not looked at', async () => {
  const ofTests = {
    STAN_DATA: 'x',
    STAN_REQUIRE_NATIVE: '1',
    STAN_REQUIRE_KAFKA: '1',
    STAN_REQUIRE_CHROMIUM: '1',
    STAN_KAFKA_CACHE: 'x',
    STAN_PROPERTY_SEED: '3',
  }
  const environment = { ...ofTests, PATH: '/bin', HOME: undefined }
  expect(await load({ environment })).toEqual(await load())
})

const MODES =
  '"single"|"shared-bottom"|"mmoe"|"ple"|"aitm"|"ple-stage"|"stan-no-beta"|"stan"|"stan-calibrated"|"stan-gated"'

describe('a wrong configuration is refused in one sentence', () => {
  const CASES: readonly (readonly [sources: Partial<ConfigSources>, sentence: string])[] = [
    [flag('ranker.mod', 'stan'), 'Cannot use option ranker.mod: no setting has that name; the nearest is ranker.mode'],
    [
      { environment: { STAN_DATADIR: 'x' } },
      'Cannot use environment variable STAN_DATADIR: no setting has that name; the nearest is STAN_DATA_DIR',
    ],
    [flag('seed', 'abc'), 'Cannot use the configuration: seed = "abc" is not valid: expected number, received string'],
    [flag('seed', '.nan'), 'Cannot use the configuration: seed = NaN is not valid: expected number, received NaN'],
    [flag('seed', ''), 'Cannot use the configuration: seed = null is not valid: expected number, received null'],
    [
      flag('ranker.mode', 'pel'),
      `Cannot use the configuration: ranker.mode = "pel" is not valid: expected one of ${MODES}`,
    ],
    [
      flag('stages.clickTask', 'foo'),
      'Cannot use the configuration: stages.clickTask = "foo" is no task; the tasks are ctr, stay, cvr',
    ],
    [
      flag('joiner.correctionHours', '0.25'),
      'Cannot use the configuration: joiner.correctionHours = 0.25 is less than joiner.attributionMinutes, 30 minutes',
    ],
    [
      flag('ranker.bundleEvery', '100'),
      'Cannot use the configuration: ranker.bundleEvery = 100 is less than ranker.batchSize, 512',
    ],
    [
      flag('activity.minDormantDays', '8'),
      'Cannot use the configuration: activity.minDormantDays = 8 is more than activity.defaultDormantDays, 7',
    ],
    [
      flag('kafka.minInSyncReplicas', '4'),
      'Cannot use the configuration: kafka.minInSyncReplicas = 4 is more than kafka.replicationFactor, 3',
    ],
    [
      flag('kafka.tls.certFile', 'cert.pem'),
      'Cannot use the configuration: kafka.tls.certFile = "cert.pem" needs kafka.tls.keyFile, and the other way round',
    ],
    [
      { preset: { kafka: { sasl: { mechanism: 'plain', username: 'ann' } } } },
      'Cannot use the configuration: kafka.sasl.mechanism = "plain" needs one of kafka.sasl.passwordFile and ' +
        'kafka.sasl.passwordEnvironment',
    ],
    [
      { preset: { kafka: { sasl: { mechanism: 'scram-sha-256', passwordFile: 'password' } } } },
      'Cannot use the configuration: kafka.sasl.mechanism = "scram-sha-256" needs kafka.sasl.username',
    ],
    [
      flag('kafka.sasl.mechanism', 'oauthbearer'),
      'Cannot use the configuration: kafka.sasl.mechanism = "oauthbearer" needs kafka.sasl.tokenFile',
    ],
    [
      flag('kafka.sasl.passwordEnvironment', 'STAN_PASSWORD'),
      'Cannot use the configuration: kafka.sasl.passwordEnvironment = "STAN_PASSWORD" begins with STAN_, as only ' +
        'settings do',
    ],
    [
      { preset: { kafka: { topics: { interactions: 'a', checkpoints: 'a' } } } },
      'Cannot use the configuration: kafka.topics names "a" twice',
    ],
    [
      flag('kafka.brokers', '[kafka.example]'),
      'Cannot use the configuration: kafka.brokers.0 = "kafka.example" is not valid: expected host:port',
    ],
    [
      flag('ranker.crosses', '[[context:tab, tab]]'),
      'Cannot use the configuration: ranker.crosses.0.1 = "tab" is not valid: a field is user:NAME, item:NAME, context:NAME, id:user, id:item or state:stage',
    ],
    [
      flag('ranker.crosses', '[[context:tab, id:user], [id:user, context:tab]]'),
      'Cannot use the configuration: ranker.crosses names "context:tab x id:user" twice',
    ],
    [
      flag('ranker.crosses', '[[context:tab, context:tab]]'),
      'Cannot use the configuration: ranker.crosses.0 names "context:tab" twice',
    ],
    [flag('features.item', '[tag, tag]'), 'Cannot use the configuration: features.item names "tag" twice'],
    [
      flag('features.attributes', '[{ name: age }, { name: age }]'),
      'Cannot use the configuration: features.attributes names "age" twice',
    ],
    [
      flag(
        'tasks',
        '[{ name: ctr, success: click }, { name: stay, success: stay }, { name: cvr, success: order }, { name: ctr, success: like }]',
      ),
      'Cannot use the configuration: tasks names "ctr" twice',
    ],
    [
      flag(
        'tasks',
        '[{ name: ctr, success: click }, { name: stay, success: stay }, { name: cvr, trial: order, success: order }]',
      ),
      'Cannot use the configuration: tasks.2.success = "order" is its own trial',
    ],
    [
      flag(
        'tasks',
        '[{ name: ctr, success: click, lable: event }, { name: stay, success: stay }, { name: cvr, success: order }]',
      ),
      'Cannot use the configuration: there is no setting tasks.0.lable; the nearest is tasks.label',
    ],
    [
      { preset: { ranker: { mode: 'stan', batchsize: 5 }, sed: 1 } },
      'Cannot use the configuration: there is no setting ranker.batchsize; the nearest is ranker.batchSize; ' +
        'there is no setting sed; the nearest is seed',
    ],
  ]
  test.each(CASES)('%j', async (sources, sentence) => {
    await expect(load(sources)).rejects.toMatchObject({ code: 'invalid-config', message: sentence })
  })

  test('that names five mistakes and counts the rest', async () => {
    const preset = { seed: 'a', partitions: 'a', log: 'a', logLevel: 'a', dataDir: 1, posterior: 1, stages: 1 }
    const error = await load({ preset }).catch((held: unknown) => held as Error)
    expect((error as Error).message).toMatch(
      /^Cannot use the configuration: ([^;]* is not valid: [^;]*; ){5}and 2 more$/,
    )
  })

  test('of text that is not YAML', async () => {
    await expect(load(flag('tasks', '['))).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/^Cannot use option tasks: [^\n]* at line 1, column 2$/) as unknown,
    })
    await expect(load({ file: await yamlFile('seed: 1\nseed: 2\n') })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/^Cannot read configuration [^\n]*: Map keys must be unique[^\n]*$/) as unknown,
    })
  })

  test('of a file with a key __proto__, which changes no prototype', async () => {
    const file = await yamlFile('"__proto__": { polluted: true }\nranker: { "__proto__": { polluted: true } }\n')
    await expect(load({ file })).rejects.toMatchObject({ code: 'invalid-config' })
    expect('polluted' in {}).toBe(false)
  })
})
