import { describe, expect, test } from 'vitest'
import type { ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import {
  embeddedFields,
  embeddedValue,
  holdsUsers,
  type SparseField,
  userOf,
} from '../../../src/core/ranker/embedded-fields.ts'
import * as fc from '../../support/fast-check.ts'
import { plantedExamples } from './planted-examples.ts'

const USER: SparseField = { source: 'id', name: 'user' }
const ITEM: SparseField = { source: 'id', name: 'item' }
const TAB: SparseField = { source: 'context', name: 'tab' }
const AUTHOR: SparseField = { source: 'item', name: 'author' }
const STAGE: SparseField = { source: 'state', name: 'stage' }
const [EXAMPLE] = plantedExamples(1)

const fieldsOf = (crosses: SparseField[][], stateFeatures = true) =>
  embeddedFields({ sparseFields: [USER, TAB], crosses, stateFeatures })

describe('embedded fields', () => {
  test('are the fields and then the crosses, by name', () => {
    expect(fieldsOf([[USER, TAB, STAGE]]).map(({ name }) => name)).toEqual([
      'id:user',
      'context:tab',
      'id:user x context:tab x state:stage',
    ])
  })

  test('leave out what reads the stage where the state is not read', () => {
    const crosses = [
      [TAB, STAGE],
      [TAB, AUTHOR],
    ]
    expect(fieldsOf(crosses, false).map(({ name }) => name)).toEqual([
      'id:user',
      'context:tab',
      'context:tab x item:author',
    ])
  })

  test('take their values from ids, features and the stage; a missing feature is the empty string', () => {
    const [user, tab, cross] = fieldsOf([[ITEM, TAB, AUTHOR, STAGE, { source: 'user', name: 'city' }]])
    const { userId, itemId, context, itemFeatures, stage } = EXAMPLE
    expect(embeddedValue(EXAMPLE, user)).toBe(userId)
    expect(embeddedValue(EXAMPLE, tab)).toBe(context.tab)
    const texts = [itemId, context.tab, itemFeatures.author, stage, '']
    expect(embeddedValue(EXAMPLE, cross)).toBe(texts.map((text) => `${text.length}:${text},`).join(''))
  })

  test('cross two different pairs to two different values', () => {
    const [cross] = embeddedFields({ sparseFields: [], crosses: [[TAB, AUTHOR]], stateFeatures: true })
    const value = (tab: string, author: string) =>
      embeddedValue({ ...EXAMPLE, context: { tab }, itemFeatures: { author } }, cross)
    const text = fc.string({ unit: fc.constantFrom('0', '1', ':', ',', 'a'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        expect(value(a, b) === value(c, d)).toBe(a === c && b === d)
      }),
    )
    expect(value('1:a', '')).not.toBe(value('1:', 'a'))
  })

  test('know the user of a value, alone and crossed, at any place', () => {
    const crosses = [
      [TAB, USER],
      [USER, ITEM],
      [TAB, AUTHOR],
    ]
    const [user, tab, ...crossed] = fieldsOf(crosses)
    expect([user, tab, ...crossed].map(holdsUsers)).toEqual([true, false, true, true, false])
    const text = fc.string({ unit: fc.constantFrom('1', '2', ':', ',', 'u'), maxLength: 6 })
    fc.assert(
      fc.property(text, text, text, (userId, tabText, itemId) => {
        const example = { ...EXAMPLE, userId: userId as UserId, itemId: itemId as ItemId, context: { tab: tabText } }
        for (const field of [user, ...crossed.slice(0, 2)]) {
          expect(userOf(field, embeddedValue(example, field))).toBe(userId)
        }
      }),
    )
  })
})
