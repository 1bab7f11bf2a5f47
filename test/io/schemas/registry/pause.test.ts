import avro from 'avsc'
import type { Schema } from 'avsc'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LifecycleError } from '../../../../src/core/contracts/lifecycle-error.ts'
import { MemoryLog } from '../../../../src/io/log/memory-log.ts'
import { createRecordCodecs, type RecordCodecs } from '../../../../src/io/schemas/record-codecs.ts'
import { openRegistry } from '../../../../src/io/schemas/registry/open-registry.ts'
import { type Fault, RegistryServer } from '../../../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../../../support/registry-topics.ts'
import { SAMPLE_RECORDS } from '../../../support/sample-records.ts'

const IN = 'in'
const OUT = 'out'
const SLICE = 4
const OURS = JSON.parse(
  readFileSync(new URL('../../../../schemas/interaction.v1.avsc', import.meta.url), 'utf8'),
) as unknown as { readonly fields: readonly object[] }

/** A log with records of four writers, each of whom comes into a slice of its own and a later one. */
async function openLog(server: RegistryServer): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.ensureTopics([IN, OUT].map((name) => ({ name, partitions: 1, cleanup: 'delete' })))
  const writers = Array.from({ length: 4 }, (_, writer) => {
    const fields = [...OURS.fields, { name: `extra${writer}`, type: 'int', default: writer }]
    const schema = { ...OURS, fields } as unknown as Schema
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(server.put('interactions-value', schema), 1)
    return (eventId: string) =>
      Buffer.concat([frame, avro.Type.forSchema(schema).toBuffer({ ...SAMPLE_RECORDS.interaction, eventId })])
  })
  for (let i = 0; i < 24; i++) {
    const value = writers[Math.floor(i / SLICE) % writers.length](`event-${i}`)
    await log.append([{ topic: IN, partition: 0, key: null, value, timestamp: i }])
  }
  return log
}

/** One step of a consumer, in the order of the tracker: read, prepare, decode, commit outputs with the position. */
async function step(log: MemoryLog, codec: RecordCodecs['interaction']): Promise<number> {
  const from = (await log.committed('group', IN, 0)) ?? 0
  const { records, nextOffset } = await log.read(IN, 0, from, SLICE)
  await codec.prepare(records.map(({ value }) => value))
  const outputs = records.map(({ value, timestamp }) => {
    const decoded = codec.decode(value!)
    const text = decoded.kind === 'record' ? decoded.record.eventId : `dead letter: ${decoded.reason}`
    return { topic: OUT, partition: 0, key: null, value: Buffer.from(text), timestamp }
  })
  const writer = await log.openWriter('task')
  await writer.commit({ group: 'group', outputs, positions: [{ topic: IN, partition: 0, nextOffset }] })
  return records.length
}

async function outputsOf(log: MemoryLog): Promise<string[]> {
  const { records } = await log.read(OUT, 0, 0, 1000)
  return records.map(({ value }) => Buffer.from(value!).toString())
}

describe('a stream whose registry fails', () => {
  test.each<Fault>([{ status: 503 }, { status: 429 }, 'break', 'hang'])(
    'with %j pauses, goes on by itself, and loses and doubles nothing',
    async (fault) => {
      const server = await RegistryServer.start()
      const options = { topics: REGISTRY_TOPICS, timeoutMs: 300, backoff: { ...QUICK_BACKOFF, rounds: 2 } }
      const log = await openLog(server)
      const { interaction } = createRecordCodecs(await openRegistry(registrySettings(server.url), options))
      const pauses: unknown[] = []
      for (let turn = 0, done = 1; done > 0 && turn < 100; turn++) {
        // Down at each writer's first slice, and back at the next turn.
        if (turn % 2 === 0) server.fail(fault)
        else server.recover()
        done = await step(log, interaction).catch((error: unknown) => pauses.push(error))
      }
      for (const pause of pauses) {
        expect(pause).toBeInstanceOf(LifecycleError)
        expect(pause).toMatchObject({ code: 'registry-unavailable', retryable: true })
      }
      expect(pauses.length).toBeGreaterThanOrEqual(4)
      expect(await outputsOf(log)).toEqual(Array.from({ length: 24 }, (_, i) => `event-${i}`))
    },
  )

  test('for good stops, with the position where it was', async () => {
    const server = await RegistryServer.start()
    const log = await openLog(server)
    const options = { topics: REGISTRY_TOPICS, timeoutMs: 1000, backoff: QUICK_BACKOFF }
    const { interaction } = createRecordCodecs(await openRegistry(registrySettings(server.url), options))
    server.fail({ status: 401 })
    await expect(step(log, interaction)).rejects.toMatchObject({ code: 'registry-refused', retryable: false })
    expect(await log.committed('group', IN, 0)).toBeNull()
    expect(await outputsOf(log)).toEqual([])
  })
})
