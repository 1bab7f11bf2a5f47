import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import avro from 'avsc'
import type { Schema } from 'avsc'
import { describe, expect, test } from 'vitest'
import type { RecordCodecs } from '../../../../src/io/schemas/record-codecs.ts'
import { createRecordCodecs } from '../../../../src/io/schemas/record-codecs.ts'
import { openRegistry, type OpenRegistryOptions } from '../../../../src/io/schemas/registry/open-registry.ts'
import { RegistryServer } from '../../../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../../../support/registry-topics.ts'
import { SAMPLE_RECORDS } from '../../../support/sample-records.ts'

interface Field {
  readonly name: string
  readonly type: unknown
  readonly default?: unknown
}

const SUBJECT = 'interactions-value'
const OURS = JSON.parse(
  readFileSync(new URL('../../../../schemas/interaction.v1.avsc', import.meta.url), 'utf8'),
) as unknown as { readonly fields: readonly Field[] }
const SAMPLE = SAMPLE_RECORDS.interaction

interface Bench {
  readonly server: RegistryServer
  readonly codec: RecordCodecs['interaction']
  /** Times that an id was asked for. */
  fetched(id: number): number
}

async function openBench(change: Partial<OpenRegistryOptions> = {}): Promise<Bench> {
  const server = await RegistryServer.start()
  const options = { topics: REGISTRY_TOPICS, timeoutMs: 2000, backoff: QUICK_BACKOFF, ...change }
  const codec = createRecordCodecs(await openRegistry(registrySettings(server.url), options)).interaction
  return { server, codec, fetched: (id) => server.count('GET', `/schemas/ids/${id}`) }
}

/** Our schema with other fields, and under another name where one is given. */
function schemaWith(fields: readonly Field[], more: Record<string, unknown> = {}): Schema {
  return { ...OURS, fields, ...more } as unknown as Schema
}

function without(...names: readonly string[]): readonly Field[] {
  return OURS.fields.filter(({ name }) => !names.includes(name))
}

/** Bytes of another program, which has avsc's plain types and an id of the registry. */
function bytesOf(schema: Schema, id: number, value: unknown): Buffer {
  return Buffer.concat([frameOf(id), avro.Type.forSchema(schema).toBuffer(value)])
}

function frameOf(id: number): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(id, 1)
  return frame
}

function put(bench: Bench, schema: Schema): (value: unknown) => Buffer {
  const id = bench.server.put(SUBJECT, schema)
  return (value) => bytesOf(schema, id, value)
}

describe('ids of a registry', () => {
  test('are fetched once for a thousand decodes at the same time, and never again', async () => {
    const bench = await openBench()
    const schema = schemaWith(without('value'))
    const id = bench.server.put(SUBJECT, schema)
    const bytes = bytesOf(schema, id, SAMPLE)
    const read = async () => {
      await bench.codec.prepare([bytes])
      return bench.codec.decode(bytes)
    }
    const decoded = await Promise.all(Array.from({ length: 1000 }, read))
    for (const one of decoded) expect(one).toEqual({ kind: 'record', record: { ...SAMPLE, value: undefined } })
    await read()
    expect(bench.fetched(id)).toBe(1)
  })

  test('that the program writes itself are never fetched', async () => {
    const bench = await openBench()
    const bytes = bench.codec.encode(SAMPLE)
    await bench.codec.prepare([bytes, null, bytes])
    expect(bench.codec.decode(bytes)).toEqual({ kind: 'record', record: SAMPLE })
    expect(bench.server.requests.filter(({ method }) => method === 'GET')).toEqual([])
  })

  test('must be prepared before they are decoded', async () => {
    const bench = await openBench()
    const bytes = put(bench, schemaWith(without('value')))(SAMPLE)
    expect(() => bench.codec.decode(bytes)).toThrow(TypeError)
  })

  test('of a large slice are fetched a few at a time', async () => {
    const bench = await openBench()
    const values = Array.from({ length: 60 }, (_, i) =>
      put(
        bench,
        schemaWith([...OURS.fields, { name: `extra${i}`, type: 'int', default: 0 }]),
      )({ ...SAMPLE, [`extra${i}`]: i }),
    )
    await bench.codec.prepare(values)
    for (const bytes of values) expect(bench.codec.decode(bytes)).toEqual({ kind: 'record', record: SAMPLE })
    expect(bench.server.requests.filter(({ method }) => method === 'GET')).toHaveLength(60)
    expect(bench.server.mostAtATime).toBeLessThanOrEqual(8)
  })

  test('of a large slice are left alone once one of them cannot be fetched, and all come later', async () => {
    const bench = await openBench()
    const ids = Array.from({ length: 60 }, (_, i) => 200_000 + i)
    bench.server.fail({ status: 503 })
    await expect(bench.codec.prepare(ids.map(frameOf))).rejects.toMatchObject({ code: 'registry-unavailable' })
    await wait(100)
    const asked = new Set(bench.server.requests.filter(({ method }) => method === 'GET').map(({ path }) => path))
    expect(asked.size).toBeLessThanOrEqual(8)
    bench.server.recover()
    await bench.codec.prepare(ids.map(frameOf))
    for (const id of ids) expect(bench.codec.decode(frameOf(id))).toMatchObject({ kind: 'rejection' })
  })

  test('that the registry does not have make a rejection, and are asked for again after a while', async () => {
    const bench = await openBench({ askAgainMs: 100 })
    const schema = schemaWith(without('value'))
    const id = 100_008
    const bytes = bytesOf(schema, id, SAMPLE)
    for (let round = 0; round < 3; round++) {
      await bench.codec.prepare([bytes])
      expect(bench.codec.decode(bytes)).toEqual({
        kind: 'rejection',
        cause: 'unreadable-record',
        field: '',
        reason: `the registry has no schema with id ${id}`,
      })
    }
    expect(bench.fetched(id)).toBe(1)
    expect(bench.server.put(SUBJECT, schema)).toBe(id)
    await wait(120)
    await bench.codec.prepare([bytes])
    expect(bench.codec.decode(bytes)).toMatchObject({ kind: 'record' })
    expect(bench.fetched(id)).toBe(2)
  })
})

describe('a record of another writer', () => {
  const read = async (bench: Bench, bytes: Buffer) => {
    await bench.codec.prepare([bytes])
    return bench.codec.decode(bytes)
  }

  test('with an older schema has our defaults where that has no field', async () => {
    const bench = await openBench()
    const older = put(bench, schemaWith(without('value', 'context', 'userFeatures')))
    const record = { ...SAMPLE, value: undefined, context: {}, userFeatures: undefined }
    expect(await read(bench, older(SAMPLE))).toEqual({ kind: 'record', record })
  })

  test('with a newer schema loses the fields that ours does not have, wherever they stand', async () => {
    const bench = await openBench()
    const person = {
      type: 'record',
      name: 'Person',
      fields: [{ name: 'tags', type: { type: 'array', items: 'bytes' } }],
    }
    const extra: Field[] = [
      { name: 'visit', type: ['null', 'string'] },
      { name: 'scores', type: { type: 'map', values: 'double' } },
      { name: 'persons', type: { type: 'array', items: person } },
    ]
    const value = { ...SAMPLE, visit: 's', scores: { a: 1 }, persons: [{ tags: [Buffer.from('x')] }, { tags: [] }] }
    for (const fields of [
      [...OURS.fields, ...extra],
      [...extra, ...OURS.fields],
    ]) {
      expect(await read(bench, put(bench, schemaWith(fields))(value))).toEqual({ kind: 'record', record: SAMPLE })
    }
  })

  test('with narrower types and another namespace reads as ours', async () => {
    const bench = await openBench()
    const fields = OURS.fields.map((field) => {
      if (field.name === 'value') return { ...field, type: 'float', default: 0 }
      if (field.name === 'outcomes') return { ...field, type: { type: 'map', values: 'int' }, default: {} }
      return field
    })
    const theirs = put(bench, schemaWith(fields, { namespace: 'com.example.shop' }))
    expect(await read(bench, theirs(SAMPLE))).toEqual({ kind: 'record', record: SAMPLE })
  })

  test('whose schema differs from ours in its documentation alone reads as ours', async () => {
    const bench = await openBench()
    const bytes = put(bench, schemaWith(OURS.fields, { doc: 'of another team' }))(SAMPLE)
    expect(await read(bench, bytes)).toEqual({ kind: 'record', record: SAMPLE })
  })

  test.each([
    ['without a field that ours needs', schemaWith(without('userId')), /that can be read: .*userId/],
    ['of another type', schemaWith([...without('eventTime'), { name: 'eventTime', type: 'string' }]), /cannot read/],
    ['of another name', schemaWith(OURS.fields, { name: 'Order' }), /no alias found for .*Order/],
  ])('with a schema %s is rejected, with the id in the reason', async (_, schema, reason) => {
    const bench = await openBench()
    const id = bench.server.put(SUBJECT, schema)
    const decoded = await read(bench, frameOf(id))
    expect(decoded).toMatchObject({ kind: 'rejection', cause: 'unreadable-record' })
    expect(decoded).toMatchObject({ reason: expect.stringMatching(reason) })
    expect(decoded).toMatchObject({ reason: expect.stringContaining(`schema id ${id} `) })
  })

  test.each([
    ['of Protobuf', 'syntax = "proto3";', { type: 'PROTOBUF' }, 'is of type PROTOBUF, not AVRO'],
    ['with references', '"string"', { references: [{ name: 'a', subject: 'b', version: 1 }] }, 'refers to schemas of'],
    ['that is no JSON', '{', {}, 'is no Avro schema'],
    ['that is no Avro', '{"type":"rekord"}', {}, 'is no Avro schema'],
  ])('with a schema %s is rejected', async (_, text, more, reason) => {
    const bench = await openBench()
    const id = bench.server.put(SUBJECT, text, more)
    const frame = frameOf(id)
    expect(await read(bench, frame)).toMatchObject({ kind: 'rejection', reason: expect.stringContaining(reason) })
    await bench.codec.prepare([frame])
    expect(bench.fetched(id)).toBe(1)
  })
})
