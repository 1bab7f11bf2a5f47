import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../../src/app/config/load-config.ts'
import { openRegistry } from '../../../../src/io/schemas/registry/open-registry.ts'
import { RegistryServer } from '../../../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS } from '../../../support/registry-topics.ts'

const URL_RULE = 'write http://host:port or https://host:port, several with commas, without a user name'

function configOf(...flags: readonly (readonly [string, string])[]) {
  return loadConfig({ environment: {}, flags: flags.map(([key, text]) => [`schemaRegistry.${key}`, text]) })
}

describe('the section schemaRegistry', () => {
  test('opens a registry as it stands, and is empty by default', async () => {
    const server = await RegistryServer.start()
    const { schemaRegistry } = await configOf(['url', `${server.url}, ${server.url}/second`], ['register', 'true'])
    const source = await openRegistry(schemaRegistry, { topics: REGISTRY_TOPICS, backoff: QUICK_BACKOFF })
    expect(source.writtenId('interaction')).toBe(server.subject('interactions-value')[0].id)
    expect(Object.values((await configOf()).schemaRegistry)).toEqual(['', false, '', '', '', ''])
  })

  test('comes from the environment too, and its texts are taken as they are', async () => {
    const environment = {
      STAN_SCHEMA_REGISTRY_URL: 'http://a:8081,http://b:8081',
      STAN_SCHEMA_REGISTRY_TOKEN_FILE: '7',
    }
    const { schemaRegistry } = await loadConfig({ environment, flags: [] })
    expect(schemaRegistry).toMatchObject({ url: 'http://a:8081,http://b:8081', tokenFile: '7' })
  })

  test.each<[flags: [string, string][], sentence: string]>([
    [[['url', 'registry:8081']], `schemaRegistry.url = "registry:8081" is not valid: ${URL_RULE}`],
    [[['url', 'http://ann:pw@registry']], `schemaRegistry.url = "http://ann:pw@registry" is not valid: ${URL_RULE}`],
    [[['register', 'true']], 'schemaRegistry.register = true is set without schemaRegistry.url'],
    [[['tokenFile', 't']], 'schemaRegistry.tokenFile = "t" is set without schemaRegistry.url'],
    [
      [
        ['url', 'http://a'],
        ['username', 'ann'],
      ],
      'schemaRegistry.username = "ann" is set without schemaRegistry.passwordFile',
    ],
    [
      [
        ['url', 'http://a'],
        ['passwordFile', 'p'],
      ],
      'schemaRegistry.passwordFile = "p" is set without schemaRegistry.username',
    ],
    [
      [
        ['url', 'http://a'],
        ['username', 'ann'],
        ['passwordFile', 'p'],
        ['tokenFile', 't'],
      ],
      'schemaRegistry.tokenFile = "t" is set together with schemaRegistry.username',
    ],
  ])('with %j is refused', async (flags, sentence) => {
    await expect(configOf(...flags)).rejects.toMatchObject({
      code: 'invalid-config',
      message: `Cannot use the configuration: ${sentence}`,
    })
  })
})
