import { describe, expect, it } from 'vitest'
import { LOCAL_SCHEMA_TABLE } from '../../../src/io/schemas/local-schema-table.ts'
import type { RecordCodec } from '../../../src/io/schemas/record-codec.ts'
import { createRecordCodecs, type RecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import type { SchemaSource } from '../../../src/io/schemas/schema-source.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

/** Nobody's id. */
const STRANGE_ID = 4_000_000_000

/** What every source of schemas does. */
export function describeSchemaSource(kind: string, open: () => Promise<SchemaSource>): void {
  describe(`schema source of ${kind}`, () => {
    it('writes an id that it knows from the start, with the newest schema', async () => {
      const source = await open()
      for (const { name } of LOCAL_SCHEMA_TABLE) {
        expect(source.lookUp(name, source.writtenId(name))).toEqual({ kind: 'schema', type: source.newest(name) })
      }
    })

    it('carries every record there and back', async () => {
      const source = await open()
      const codecs = createRecordCodecs(source)
      for (const name of Object.keys(codecs) as (keyof RecordCodecs)[]) {
        const codec = codecs[name] as RecordCodec<unknown>
        expect(codec.decodeOwn(codec.encode(SAMPLE_RECORDS[name]))).toEqual(SAMPLE_RECORDS[name])
      }
      const frame = Buffer.from(codecs.interaction.encode(SAMPLE_RECORDS.interaction)).readUInt32BE(1)
      expect(frame).toBe(source.writtenId('interaction'))
    })

    it('rejects a record of an id that nobody has, after it was prepared', async () => {
      const { interaction } = createRecordCodecs(await open())
      const bytes = Buffer.from(interaction.encode(SAMPLE_RECORDS.interaction))
      bytes.writeUInt32BE(STRANGE_ID, 1)
      await interaction.prepare([bytes, null, Buffer.from('{"not":"framed"}')])
      const decoded = interaction.decode(bytes)
      expect(decoded).toMatchObject({ kind: 'rejection', cause: 'unreadable-record', field: '' })
      expect(decoded).toMatchObject({ reason: expect.stringContaining(String(STRANGE_ID)) })
    })

    it('rejects a record of another schema', async () => {
      const codecs = createRecordCodecs(await open())
      const prediction = codecs.prediction.encode(SAMPLE_RECORDS.prediction)
      await codecs.interaction.prepare([prediction])
      expect(codecs.interaction.decode(prediction)).toMatchObject({ kind: 'rejection', cause: 'unreadable-record' })
    })
  })
}
