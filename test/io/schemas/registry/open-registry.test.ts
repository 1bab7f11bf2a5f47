import type { Schema } from 'avsc'
import { describe, expect, test } from 'vitest'
import type { LifecycleError } from '../../../../src/core/contracts/lifecycle-error.ts'
import { LOCAL_SCHEMA_TABLE, type SchemaName } from '../../../../src/io/schemas/local-schema-table.ts'
import { createRecordCodecs } from '../../../../src/io/schemas/record-codecs.ts'
import { openRegistry } from '../../../../src/io/schemas/registry/open-registry.ts'
import { RegistryServer } from '../../../support/registry-server.ts'
import { newestSchemaFile } from '../../../support/newest-schema-file.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../../../support/registry-topics.ts'
import { SAMPLE_RECORDS } from '../../../support/sample-records.ts'
import { readSchemaVersions } from '../../../support/schema-compatibility.ts'
import { describeSchemaSource } from '../schema-source.contract.ts'

const OPTIONS = { topics: REGISTRY_TOPICS, timeoutMs: 2000, backoff: QUICK_BACKOFF }
const SUBJECTS = Object.values(REGISTRY_TOPICS).map((topic) => `${topic}-value`)
const ALL_BUT_INTERACTION = readSchemaVersions()
  .map(({ name }) => name as keyof typeof REGISTRY_TOPICS)
  .filter((name) => name !== 'interaction')

describeSchemaSource('a registry', async () => {
  const server = await RegistryServer.start()
  return openRegistry(registrySettings(server.url), OPTIONS)
})

/** A schema with changed fields. */
function changed(name: SchemaName, change: (fields: Record<string, unknown>[]) => unknown[]): Schema {
  const schema = newestSchemaFile(name) as unknown as { fields: Record<string, unknown>[] }
  return { ...schema, fields: change(schema.fields) } as unknown as Schema
}

describe('with register: true', () => {
  test('registers each schema once, under the name of its topic, and writes its id', async () => {
    const server = await RegistryServer.start()
    const source = await openRegistry(registrySettings(server.url), OPTIONS)
    for (const subject of SUBJECTS) expect(server.subject(subject)).toHaveLength(1)
    for (const [name, topic] of Object.entries(REGISTRY_TOPICS)) {
      const [{ id, text }] = server.subject(`${topic}-value`)
      expect(JSON.parse(text)).toEqual(newestSchemaFile(name as SchemaName))
      expect(source.writtenId(name as keyof typeof REGISTRY_TOPICS)).toBe(id)
      expect(server.count('POST', `/compatibility/subjects/${topic}-value/versions/latest`)).toBe(1)
    }
    const writes = (): number => SUBJECTS.reduce((sum, it) => sum + server.count('POST', `/subjects/${it}/versions`), 0)
    expect(writes()).toBe(SUBJECTS.length)
    await openRegistry(registrySettings(server.url), OPTIONS)
    expect(writes()).toBe(SUBJECTS.length)
  })

  test('refuses a subject whose latest schema ours cannot follow, and registers nothing there', async () => {
    const server = await RegistryServer.start()
    server.put(
      'user-states-value',
      changed('user-state', ([, ...rest]) => rest),
    )
    const opening = openRegistry(registrySettings(server.url), OPTIONS)
    await expect(opening).rejects.toMatchObject({
      code: 'schema-incompatible',
      retryable: false,
      message: expect.stringMatching(
        /^Cannot use subject user-states-value: user-state\.v2\.avsc may not follow its latest schema: .*userId/,
      ),
    })
    expect(server.subject('user-states-value')).toHaveLength(1)
  })
})

describe('with register: false', () => {
  test('uses what is registered, and sends nothing to register', async () => {
    const server = await RegistryServer.start()
    for (const [name, topic] of Object.entries(REGISTRY_TOPICS))
      server.put(`${topic}-value`, newestSchemaFile(name as SchemaName))
    const source = await openRegistry(registrySettings(server.url, { register: false }), OPTIONS)
    expect(source.writtenId('interaction')).toBe(server.subject('interactions-value')[0].id)
    expect(server.requests.map(({ path }) => path).sort()).toEqual(
      // Older versions are asked for as well: their ids may still stand in the topics.
      LOCAL_SCHEMA_TABLE.map((entry) => `/subjects/${REGISTRY_TOPICS[entry.name]}-value`).sort(),
    )
  })

  test('names the subject that lacks its schema, and the way out', async () => {
    const server = await RegistryServer.start()
    for (const name of ALL_BUT_INTERACTION) server.put(`${REGISTRY_TOPICS[name]}-value`, newestSchemaFile(name))
    const error = await openRegistry(registrySettings(server.url, { register: false }), OPTIONS).catch(
      (thrown: LifecycleError) => thrown,
    )
    expect(error).toMatchObject({
      code: 'schema-not-registered',
      retryable: false,
      message:
        'Cannot write interactions-value: the registry lacks its schema; register schemas/interaction.v1.avsc there, ' +
        'or set schemaRegistry.register to true',
    })
    expect(server.subject('interactions-value')).toEqual([])
  })
})

describe('a schema that the process only reads', () => {
  const READER = { ...OPTIONS, writes: ALL_BUT_INTERACTION }

  test('need not be registered, and is not written', async () => {
    const server = await RegistryServer.start()
    server.put(
      'interactions-value',
      changed('interaction', (fields) => fields.filter(({ name }) => name !== 'value')),
    )
    const codecs = createRecordCodecs(await openRegistry(registrySettings(server.url), READER))
    expect(server.subject('interactions-value')).toHaveLength(1)
    expect(() => codecs.interaction.encode(SAMPLE_RECORDS.interaction)).toThrow(
      'Cannot write interactions-value: the registry lacks its schema',
    )
  })

  test('must be able to read the latest one of its subject', async () => {
    const server = await RegistryServer.start()
    const id = server.put(
      'interactions-value',
      changed('interaction', ([, ...rest]) => rest),
    )
    await expect(openRegistry(registrySettings(server.url), READER)).rejects.toMatchObject({
      code: 'schema-incompatible',
      message: expect.stringMatching(
        new RegExp(`^Cannot use subject interactions-value: interaction.* cannot read its latest schema, id ${id}: `),
      ),
    })
  })
})

test('a registry that cannot be reached at the start is told as a failure that may pass', async () => {
  const server = await RegistryServer.start()
  server.fail({ status: 503 })
  await expect(openRegistry(registrySettings(server.url), OPTIONS)).rejects.toMatchObject({
    code: 'registry-unavailable',
    retryable: true,
  })
})

test.each(['', 'localhost:8081', 'ftp://registry', 'http://', 'http://ann:secret@registry', 'http://a,', 'http://a b'])(
  'an address %j is refused',
  async (url) => {
    await expect(openRegistry(registrySettings(url), OPTIONS)).rejects.toThrow(RangeError)
  },
)
