import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../../src/core/contracts/interaction.ts'
import { parseInteraction } from '../../../src/core/contracts/parse-interaction.ts'

const IMPRESSION = {
  eventId: 'e1',
  userId: 'u1',
  itemId: 'i1',
  type: 'impression',
  eventTime: 1_650_812_741_436,
  outcomes: { click: 1, stay: 0 },
  context: { tab: '1' },
  userFeatures: { age: '20-30' },
  itemFeatures: { tag: '39' },
}
const OUTCOME = { ...IMPRESSION, eventId: 'e2', type: 'stay', impressionId: 'e1', value: 4_600.5, outcomes: undefined }
const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, '']))

describe('parse interaction', () => {
  it('takes an impression with outcomes and an outcome as they are', () => {
    expect(parseInteraction(IMPRESSION)).toEqual({ kind: 'interaction', interaction: IMPRESSION })
    expect(parseInteraction(OUTCOME)).toEqual({ kind: 'interaction', interaction: OUTCOME })
  })

  it('takes null and missing for an absent field, an empty context for none, and leaves unknown fields out', () => {
    const { eventId, userId, itemId, type, eventTime } = IMPRESSION
    const bare = { eventId, userId, itemId, type, eventTime }
    const nulls = { impressionId: null, value: null, outcomes: null, context: null, userFeatures: null }
    const expected = { kind: 'interaction', interaction: { ...bare, context: {} } }
    expect(parseInteraction(bare)).toEqual(expected)
    expect(parseInteraction({ ...bare, ...nulls, itemFeatures: null, colour: 'red' })).toEqual(expected)
  })

  it.each(EVENT_TYPES.filter((type) => type !== 'impression'))('needs impressionId on %s', (type) => {
    expect(parseInteraction({ ...OUTCOME, type })).toMatchObject({ kind: 'interaction' })
    expect(parseInteraction({ ...OUTCOME, type, impressionId: undefined })).toMatchObject({
      cause: 'missing-field',
      field: 'impressionId',
    })
  })

  it.each([
    ['a time of 1990', { eventTime: 631_152_000_000 }],
    ['the last millisecond of 2099', { eventTime: 4_102_444_799_999 }],
    ['ids of 256 characters', { eventId: 'x'.repeat(256), userId: 'ü'.repeat(256), itemId: '✓'.repeat(256) }],
    ['64 features and an empty value', { context: entries(64) }],
    ['a value of 256 characters', { context: { tab: 'x'.repeat(256) } }],
    ['emoji', { userId: '👩‍🚀', context: { '👍': '🎉' } }],
    ['a value of zero', { value: 0 }],
  ])('accepts %s', (_, change) => {
    expect(parseInteraction({ ...IMPRESSION, ...change })).toMatchObject({ kind: 'interaction', interaction: change })
  })

  it.each([
    ['eventId', undefined, 'missing-field', 'eventId'],
    ['userId', null, 'missing-field', 'userId'],
    ['itemId', '', 'missing-field', 'itemId'],
    ['userId', 712, 'wrong-type', 'userId'],
    ['userId', ['a'], 'wrong-type', 'userId'],
    ['userId', 'x'.repeat(257), 'too-long', 'userId'],
    ['userId', 'a\ud800b', 'invalid-utf8', 'userId'],
    ['impressionId', '', 'missing-field', 'impressionId'],
    ['impressionId', 5, 'wrong-type', 'impressionId'],
    ['type', undefined, 'missing-field', 'type'],
    ['type', 3, 'wrong-type', 'type'],
    ['type', 'purchase', 'unknown-event-type', 'type'],
    ['type', 'Impression', 'unknown-event-type', 'type'],
    ['type', 'toString', 'unknown-event-type', 'type'],
    ['eventTime', undefined, 'missing-field', 'eventTime'],
    ['eventTime', '1650812741436', 'wrong-type', 'eventTime'],
    ['eventTime', true, 'wrong-type', 'eventTime'],
    ['eventTime', 1_650_812_741, 'out-of-range', 'eventTime'],
    ['eventTime', 1_650_812_741_436.5, 'out-of-range', 'eventTime'],
    ['eventTime', 631_151_999_999, 'out-of-range', 'eventTime'],
    ['eventTime', 4_102_444_800_000, 'out-of-range', 'eventTime'],
    ['eventTime', Number.NaN, 'out-of-range', 'eventTime'],
    ['eventTime', Number.POSITIVE_INFINITY, 'out-of-range', 'eventTime'],
    ['value', '5', 'wrong-type', 'value'],
    ['value', -1, 'out-of-range', 'value'],
    ['value', Number.NaN, 'out-of-range', 'value'],
    ['value', Number.POSITIVE_INFINITY, 'out-of-range', 'value'],
    ['outcomes', [], 'wrong-type', 'outcomes'],
    ['outcomes', 'click', 'wrong-type', 'outcomes'],
    ['outcomes', { purchase: 1 }, 'unknown-event-type', 'outcomes'],
    ['outcomes', { impression: 1 }, 'unknown-event-type', 'outcomes'],
    ['outcomes', { click: true }, 'wrong-type', 'outcomes.click'],
    ['outcomes', { stay: -1 }, 'out-of-range', 'outcomes.stay'],
    ['outcomes', { stay: Number.NaN }, 'out-of-range', 'outcomes.stay'],
    ['context', 'tab=1', 'wrong-type', 'context'],
    ['context', ['1'], 'wrong-type', 'context'],
    ['context', { tab: 1 }, 'wrong-type', 'context.tab'],
    ['context', { tab: null }, 'wrong-type', 'context.tab'],
    ['context', { '': 'x' }, 'out-of-range', 'context'],
    ['context', JSON.parse('{"__proto__": "x"}'), 'out-of-range', 'context'],
    ['context', { tab: 'x'.repeat(257) }, 'too-long', 'context.tab'],
    ['context', { tab: '\udc00' }, 'invalid-utf8', 'context.tab'],
    ['context', { '\ud83d': 'x' }, 'invalid-utf8', 'context'],
    ['userFeatures', entries(65), 'too-long', 'userFeatures'],
    ['itemFeatures', { ['x'.repeat(257)]: '' }, 'too-long', 'itemFeatures'],
  ])('rejects %s = %j as %s', (field, value, cause, fieldAtFault) => {
    const parsed = parseInteraction({ ...IMPRESSION, [field]: value })
    expect(parsed).toMatchObject({ kind: 'rejection', cause, field: fieldAtFault })
  })

  it.each([null, undefined, 'x', 7, true, [IMPRESSION]])('rejects %j, which is no object', (value) => {
    expect(parseInteraction(value)).toMatchObject({ kind: 'rejection', cause: 'unreadable-record', field: '' })
  })

  it('writes one short sentence, however long the value is', () => {
    const parsed = parseInteraction({ ...IMPRESSION, type: 'x'.repeat(100_000) })
    expect(parsed).toMatchObject({ reason: expect.stringMatching(/^type is "x{80}…", not one of impression/) })
    expect(JSON.stringify(parsed).length).toBeLessThan(400)
  })

  it('answers for any value and changes none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const record = { ...IMPRESSION, context: value, outcomes: value, eventTime: value }
        expect(['interaction', 'rejection']).toContain(parseInteraction(value).kind)
        expect(parseInteraction(Object.freeze(record)).kind).toBe('rejection')
      }),
    )
  })
})
