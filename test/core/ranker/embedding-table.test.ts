import { describe, expect, test } from 'vitest'
import type { CheckpointSections } from '../../../src/core/ranker/checkpoint-codec.ts'
import { EmbeddingTable, type EmbeddingTableSettings, UNSEEN_ROW } from '../../../src/core/ranker/embedding-table.ts'

const DAY_MS = 86_400_000
const NOW = 1_700_000_000_000

function table(choice: Partial<EmbeddingTableSettings> = {}, field = 'item:author'): EmbeddingTable {
  const settings = { width: 3, init: 0.01, admissionCount: 1, idleExpiryDays: 30, maxRows: 1000, seed: 1 }
  return new EmbeddingTable(field, { ...settings, ...choice })
}

const rowOf = (of: EmbeddingTable, value: string): number[] => {
  const row = of.find(value)
  return [...of.rows.values.subarray(row * 3, row * 3 + 3)]
}

function play(of: EmbeddingTable, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    of.sight(`value ${(i * i) % 37}`, NOW + i * 3_600_000)
    if (i % 20 === 0) of.expire(NOW + i * 3_600_000)
  }
}

function saved(of: EmbeddingTable): CheckpointSections {
  const sections: CheckpointSections = {}
  of.save(sections)
  return sections
}

describe('embedding table', () => {
  test('gives every value a row of its own, whatever its number', () => {
    const many = table()
    for (let i = 0; i < 500; i++) many.sight(`value ${i}`, NOW)
    const rows = new Set(Array.from({ length: 500 }, (_, i) => many.find(`value ${i}`)))
    expect(rows.size).toBe(500)
    expect(rows.has(UNSEEN_ROW)).toBe(false)
    expect(many.find('unheard-of')).toBe(UNSEEN_ROW)
  })

  test('draws a fresh row from seed, field and value, not from the order of arrival', () => {
    const [first, second] = [table(), table()]
    for (const value of ['a', 'b', 'c']) first.sight(value, NOW)
    for (const value of ['c', 'a']) second.sight(value, NOW)
    expect(rowOf(second, 'c')).toEqual(rowOf(first, 'c'))
    expect(rowOf(first, 'a')).not.toEqual(rowOf(first, 'b'))
    const other = table({}, 'context:tab')
    other.sight('c', NOW)
    expect(rowOf(other, 'c')).not.toEqual(rowOf(first, 'c'))
  })

  test('spreads fresh rows with the standard deviation asked for', () => {
    const wide = table({ init: 0.25, maxRows: 10_000 })
    for (let i = 0; i < 4000; i++) wide.sight(`value ${i}`, NOW)
    const values = wide.rows.values.subarray(3, 4001 * 3)
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(0, 2)
    expect(Math.sqrt(variance)).toBeCloseTo(0.25, 2)
  })

  test('admits a value with its third sighting when three are asked for', () => {
    const careful = table({ admissionCount: 3 })
    expect([1, 2, 3, 4].map(() => careful.sight('x', NOW) === UNSEEN_ROW)).toEqual([true, true, false, false])
  })

  test('gives a row up when its value was idle too long, and uses it again', () => {
    const aging = table()
    aging.sight('old', NOW)
    aging.sight('kept', NOW)
    aging.sight('kept', NOW + 20 * DAY_MS)
    const freed = aging.find('old')
    expect(aging.expire(NOW + 31 * DAY_MS)).toBe(1)
    expect(aging.find('old')).toBe(UNSEEN_ROW)
    expect(aging.find('kept')).not.toBe(UNSEEN_ROW)
    expect(aging.sight('next', NOW + 31 * DAY_MS)).toBe(freed)
  })

  test('makes room at its bound by giving up the values idle longest', () => {
    const small = table({ maxRows: 32 })
    for (let i = 0; i < 33; i++) small.sight(`value ${i}`, NOW + i)
    expect(small.size).toBe(31)
    expect(small.find('value 0')).toBe(UNSEEN_ROW)
    expect(small.find('value 1')).toBe(UNSEEN_ROW)
    expect(small.find('value 2')).not.toBe(UNSEEN_ROW)
    expect(small.find('value 32')).not.toBe(UNSEEN_ROW)
  })

  test('bounds the values on their way to a row', () => {
    const small = table({ maxRows: 2, admissionCount: 2 })
    for (const value of ['a', 'b', 'c']) small.sight(value, NOW) // a is dropped
    expect(small.sight('a', NOW)).toBe(UNSEEN_ROW)
    expect(small.sight('c', NOW)).not.toBe(UNSEEN_ROW)
  })

  test('forgets erased values, with and without a row, and no others', () => {
    const careful = table({ admissionCount: 2 })
    const erase = () => careful.eraseWhere((value) => value.startsWith('x'))
    for (const value of ['x1', 'x2', 'y', 'y']) careful.sight(value, NOW)
    expect(erase()).toBe(2)
    expect(erase()).toBe(0)
    expect(careful.sight('x1', NOW)).toBe(UNSEEN_ROW)
    careful.sight('x1', NOW)
    careful.sight('x2', NOW)
    expect(erase()).toBe(2)
    expect([careful.find('x1'), careful.find('x2')]).toEqual([UNSEEN_ROW, UNSEEN_ROW])
    expect(careful.find('y')).not.toBe(UNSEEN_ROW)
  })

  test('goes on from its saved state as if never interrupted', () => {
    const choice = { admissionCount: 2, maxRows: 24, idleExpiryDays: 1 }
    const [whole, before, after] = [table(choice), table(choice), table(choice)]
    play(whole, 0, 200)
    play(before, 0, 90)
    for (const _ of after.loadInSteps(saved(before)));
    play(after, 90, 200)
    expect(saved(after)).toEqual(saved(whole))
  })
})
