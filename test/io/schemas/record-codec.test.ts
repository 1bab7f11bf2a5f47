import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { newestSchema, type SchemaName } from '../../../src/io/schemas/local-schema-table.ts'
import type { RecordCodec } from '../../../src/io/schemas/record-codec.ts'
import type { RecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { readGolden } from '../../support/golden-records.ts'
import { RECORD_ARBITRARIES } from '../../support/record-arbitraries.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const codecs = createRecordCodecs()
const NAMES = Object.keys(codecs) as (keyof RecordCodecs)[]

describe.each(NAMES)('record codec of %s', (name) => {
  const codec = codecs[name] as RecordCodec<unknown>
  const arbitrary = RECORD_ARBITRARIES[name] as fc.Arbitrary<unknown>

  it('gives back every record', () => {
    fc.assert(
      fc.property(arbitrary, (record) => {
        expect(codec.decode(codec.encode(record))).toEqual({ kind: 'record', record })
      }),
      { numRuns: 300 },
    )
  })

  it('writes the golden bytes and reads them', () => {
    const { version } = newestSchema(schemaOf(name))
    const golden = readGolden(version === 1 ? name : `${name}.v${version}`)
    expect(Buffer.from(codec.encode(SAMPLE_RECORDS[name])).toString('hex')).toBe(golden.hex)
    expect(codec.decodeOwn(Buffer.from(golden.hex, 'hex'))).toEqual(SAMPLE_RECORDS[name])
  })

  it('makes plain objects', () => {
    const record = codec.decodeOwn(codec.encode(SAMPLE_RECORDS[name]))
    expect(JSON.parse(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(SAMPLE_RECORDS[name])))
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
  })

  it('rejects a record that is cut short anywhere, or goes on', () => {
    const bytes = codec.encode(SAMPLE_RECORDS[name])
    for (let length = 0; length < bytes.length; length++) {
      expect(codec.decode(bytes.subarray(0, length))).toMatchObject({ kind: 'rejection', cause: 'unreadable-record' })
    }
    const longer = Buffer.concat([bytes, Buffer.from([0])])
    expect(codec.decode(longer)).toMatchObject({ kind: 'rejection', cause: 'unreadable-record' })
  })

  it('answers in time, whatever the bytes are', () => {
    const header = codec.encode(SAMPLE_RECORDS[name]).subarray(0, 5)
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...hugeCounts()))
    fc.assert(
      fc.property(bytes, fc.nat(), (body, at) => {
        expect(() => codec.decode(Buffer.concat([header, body]))).not.toThrow()
        const damaged = Buffer.from(codec.encode(SAMPLE_RECORDS[name]))
        damaged.set(body.subarray(0, 9), 5 + (at % (damaged.length - 14)))
        expect(() => codec.decode(damaged)).not.toThrow()
      }),
      { numRuns: 500 },
    )
  }, 20_000)
})

describe('record codec', () => {
  const codec = codecs.interaction
  const sample = SAMPLE_RECORDS.interaction

  it('frames with the newest schema of the local table', () => {
    expect([...codec.encode(sample).subarray(0, 5)]).toEqual([0, 0, 0, 0, newestSchema('interaction').id])
  })

  it('rejects bytes without the magic byte, and the id of another schema', () => {
    const unframed = Buffer.from(codec.encode(sample))
    unframed[0] = 1
    expect(codec.decode(unframed)).toMatchObject({ cause: 'unreadable-record', field: '' })
    const foreign = Buffer.from(codec.encode(sample))
    foreign.writeUInt32BE(4_000_000_000, 1)
    expect(codec.decode(foreign)).toMatchObject({ reason: 'schema id 4000000000 is no version of interaction' })
    expect(codec.decode(codecs.prediction.encode(SAMPLE_RECORDS.prediction))).toMatchObject({ kind: 'rejection' })
    expect(codec.decode(new Uint8Array(0))).toMatchObject({ cause: 'unreadable-record' })
  })

  it('rejects an unknown event type and an unknown stage by name', () => {
    const purchase = codec.encode({ ...sample, type: 'purchase' as 'order' })
    expect(codec.decode(purchase)).toMatchObject({ cause: 'unknown-event-type', field: 'type' })
    const state = codecs.userState.encode({ ...SAMPLE_RECORDS.userState, stage: 'bored' as 'new' })
    expect(codecs.userState.decode(state)).toMatchObject({ cause: 'out-of-range', field: 'stage' })
  })

  it('rejects strings that are not UTF-8, in fields, map keys and map values', () => {
    for (const [find, replace] of [
      ['5239', 'c328'],
      ['tab', 'ff'],
      ['Köln', 'c3c3'],
    ]) {
      const bytes = Buffer.from(codec.encode(sample))
      Buffer.from(replace, 'hex').copy(bytes, bytes.indexOf(find))
      expect(codec.decode(bytes)).toMatchObject({ cause: 'invalid-utf8' })
    }
  })

  it('keeps a replacement character that was sent as such', () => {
    const userId = '\ufffd' as typeof sample.userId
    expect(codec.decodeOwn(codec.encode({ ...sample, userId })).userId).toBe(userId)
  })

  it('grows with a record that is larger than its buffer', () => {
    const tokenEmbeddings = new Float32Array(1_000_000).map((_, index) => index)
    const bundle = SAMPLE_RECORDS.modelBundle
    const large = { ...bundle, extractor: { ...bundle.extractor, tokenEmbeddings } }
    expect(codecs.modelBundle.decodeOwn(codecs.modelBundle.encode(large)).extractor.tokenEmbeddings).toEqual(
      tokenEmbeddings,
    )
  })

  it('decodes into memory of its own', () => {
    const bytes = Buffer.from(codecs.userState.encode(SAMPLE_RECORDS.userState))
    const record = codecs.userState.decodeOwn(bytes)
    bytes.fill(0)
    expect(record).toEqual(SAMPLE_RECORDS.userState)
  })

  it('reads states of version 1, without what version 2 added', () => {
    const { hex } = readGolden('userState')
    expect(codecs.userState.decodeOwn(Buffer.from(hex, 'hex'))).toEqual({
      ...SAMPLE_RECORDS.userState,
      firstEventTime: 0,
      lastImpressionTime: 0,
      activeDays: 0,
      stateTokens: new Int32Array(0),
      stateNumbers: new Float32Array(0),
    })
  })

  it('reads alerts of version 1: they fire, and begin with their event', () => {
    const { hex } = readGolden('lifecycleAlert')
    const { lifecycleAlert } = SAMPLE_RECORDS
    expect(codecs.lifecycleAlert.decodeOwn(Buffer.from(hex, 'hex'))).toEqual({
      ...lifecycleAlert,
      status: 'firing',
      startsAt: lifecycleAlert.eventTime,
      endsAt: null,
      suggestedAction: '',
      runbook: 'went-dormant',
    })
  })

  it('throws corrupt where the program reads its own records', () => {
    expect(() => codec.decodeOwn(Buffer.from([9]))).toThrow('Cannot decode interaction record')
  })

  it('throws TypeError for a record that is not what its type says', () => {
    const wrong = { ...sample, eventTime: 'noon' as unknown as number }
    expect(() => codec.encode(wrong)).toThrow(TypeError)
  })
})

function schemaOf(codec: keyof RecordCodecs): SchemaName {
  return codec.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) as SchemaName
}

/** Varints of counts that no buffer holds. */
function hugeCounts(): Uint8Array[] {
  return [[0x80, 0x80, 0x80, 0x80, 0x20], Array<number>(6).fill(0xfe), [0xff, 0xff, 0xff, 0xff, 0x1f]].map((bytes) =>
    Uint8Array.from([...bytes, 0x01, 0x02]),
  )
}
