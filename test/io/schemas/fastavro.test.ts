import * as fc from '../../support/fast-check.ts'
import type { Schema } from 'avsc'
import { describe, expect, test } from 'vitest'
import { localSchemas } from '../../../src/io/schemas/local-schemas.ts'
import { INTERACTION_MAPPING } from '../../../src/io/schemas/mappings/interaction-mapping.ts'
import { LIFECYCLE_ALERT_MAPPING } from '../../../src/io/schemas/mappings/lifecycle-alert-mapping.ts'
import { MODEL_BUNDLE_MAPPING } from '../../../src/io/schemas/mappings/model-bundle-mapping.ts'
import { PREDICTION_MAPPING } from '../../../src/io/schemas/mappings/prediction-mapping.ts'
import { STAGE_TRANSITION_MAPPING } from '../../../src/io/schemas/mappings/stage-transition-mapping.ts'
import { TRAINING_EXAMPLE_MAPPING } from '../../../src/io/schemas/mappings/training-example-mapping.ts'
import { USER_STATE_MAPPING } from '../../../src/io/schemas/mappings/user-state-mapping.ts'
import type { RecordCodec } from '../../../src/io/schemas/record-codec.ts'
import { createRecordCodecs, type RecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import type { RecordMapping } from '../../../src/io/schemas/record-mapping.ts'
import { openRegistry } from '../../../src/io/schemas/registry/open-registry.ts'
import { newestSchemaFile } from '../../support/newest-schema-file.ts'
import { openFastavro } from '../../support/python/fastavro.ts'
import { RECORD_ARBITRARIES } from '../../support/record-arbitraries.ts'
import { RegistryServer } from '../../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../../support/registry-topics.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const MAPPINGS: { readonly [Name in keyof RecordCodecs]: RecordMapping<never, never> } = {
  interaction: INTERACTION_MAPPING as RecordMapping<never, never>,
  userState: USER_STATE_MAPPING as RecordMapping<never, never>,
  stageTransition: STAGE_TRANSITION_MAPPING as RecordMapping<never, never>,
  lifecycleAlert: LIFECYCLE_ALERT_MAPPING as RecordMapping<never, never>,
  trainingExample: TRAINING_EXAMPLE_MAPPING as RecordMapping<never, never>,
  prediction: PREDICTION_MAPPING as RecordMapping<never, never>,
  modelBundle: MODEL_BUNDLE_MAPPING as RecordMapping<never, never>,
}
const NAMES = Object.keys(MAPPINGS) as (keyof RecordCodecs)[]
const source = localSchemas()
const codecs = createRecordCodecs(source)
const fastavro = openFastavro()

function schemaOf(name: keyof RecordCodecs): Schema {
  return newestSchemaFile(MAPPINGS[name].schema)
}

function codecOf(name: keyof RecordCodecs): RecordCodec<unknown> {
  return codecs[name]
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What a schema carries of a record: absent fields are null. */
function bodyOf(name: keyof RecordCodecs, record: unknown): Record<string, unknown> {
  const body = MAPPINGS[name].toBody(record as never) as Record<string, unknown>
  const { fields } = schemaOf(name) as unknown as { fields: { name: string }[] }
  return Object.fromEntries(fields.map((field) => [field.name, body[field.name] ?? null]))
}

describe.skipIf(fastavro === null)('fastavro and the record codec of', () => {
  test.each(NAMES)('%s read what the other writes: the sample, with its times as times', async (name) => {
    const sample = SAMPLE_RECORDS[name]
    const [{ id, value, hex }] = await fastavro!([{ schema: schemaOf(name), hex: hexOf(codecOf(name).encode(sample)) }])
    expect(id).toBe(source.writtenId(MAPPINGS[name].schema))
    expect(value).toEqual(bodyOf(name, sample))
    expect(codecOf(name).decodeOwn(Buffer.from(hex, 'hex'))).toEqual(sample)
  })

  test.each(NAMES)('%s read what the other writes: a hundred records of any kind', async (name) => {
    const records = fc.sample<unknown>(RECORD_ARBITRARIES[name], { numRuns: 100, seed: 5 })
    const schema = schemaOf(name)
    const items = records.map((record) => ({ schema, hex: hexOf(codecOf(name).encode(record)), plainTimes: true }))
    for (const [i, { value, hex }] of (await fastavro!(items)).entries()) {
      expect(value).toEqual(bodyOf(name, records[i]))
      expect(codecOf(name).decodeOwn(Buffer.from(hex, 'hex'))).toEqual(records[i])
    }
  })
})

describe.skipIf(fastavro === null)('an interaction that fastavro writes', () => {
  const sample = SAMPLE_RECORDS.interaction
  const ours = schemaOf('interaction')
  const { fields } = ours as unknown as { fields: { name: string }[] }
  const older = { ...(ours as object), fields: fields.filter(({ name }) => !['value', 'itemFeatures'].includes(name)) }
  const person = {
    type: 'record',
    name: 'Person',
    fields: [{ name: 'tags', type: { type: 'array', items: 'string' } }],
  }
  const extra = { name: 'person', type: ['null', person], default: null }
  const newer = { ...(ours as object), fields: [extra, ...fields] }

  test.each([
    ['an older', older, { ...sample, value: undefined, itemFeatures: undefined }],
    ['a newer', newer, sample],
  ])('with %s schema of a registry reads as ours', async (_, schema, expected) => {
    const server = await RegistryServer.start()
    const settings = registrySettings(server.url)
    const { interaction } = createRecordCodecs(
      await openRegistry(settings, { topics: REGISTRY_TOPICS, backoff: QUICK_BACKOFF }),
    )
    const rewriteWith = schema as unknown as Schema
    const rewriteId = server.put('interactions-value', rewriteWith)
    const hexIn = hexOf(interaction.encode(sample))
    const [{ id, hex }] = await fastavro!([{ schema: ours, hex: hexIn, rewriteWith, rewriteId }])
    expect(id).toBe(server.subject('interactions-value')[0].id)
    expect(hex.slice(0, 10)).toBe(`00${rewriteId.toString(16).padStart(8, '0')}`)
    const bytes = Buffer.from(hex, 'hex')
    await interaction.prepare([bytes])
    expect(interaction.decodeOwn(bytes)).toEqual(expected)
  })
})
