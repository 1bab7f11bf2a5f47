import { describe, expect, test } from 'vitest'
import { plantedSettings } from './planted-examples.ts'

const CROSS = [
  { source: 'context' as const, name: 'tab' },
  { source: 'item' as const, name: 'author' },
]

describe('ranker settings', () => {
  test('are complete and frozen', () => {
    const settings = plantedSettings()
    expect(settings.adamBetas).toEqual([0.9, 0.999])
    expect(Object.isFrozen(settings)).toBe(true)
  })

  test.each([
    [{ tasks: [] }, 'it has no tasks'],
    [{ tasks: ['a', 'a'] }, 'a task is named twice'],
    [{ quantileTasks: ['watch'] }, "quantile task 'watch' is not one of its tasks"],
    [{ sparseFields: [{ source: 'id' as const, name: 'shop' }] }, "there is no id 'shop', only user and item"],
    [{ sparseFields: [{ source: 'state' as const, name: 'age' }] }, "there is no state 'age', only stage"],
    [
      { crosses: [[{ source: 'context' as const, name: 'tab' }]] },
      'a cross has two fields or more, each once, not context:tab',
    ],
    [{ crosses: [[CROSS[0], CROSS[0]]] }, 'a cross has two fields or more, each once, not context:tab, context:tab'],
    [{ crosses: [CROSS, CROSS.toReversed()] }, "it embeds 'context:tab x item:author' twice"],
    [{ levels: 0 }, 'it needs at least one level, not 0'],
    [{ admissionCount: -1 }, 'admissionCount is -1'],
    [
      { extractor: { fieldCount: 2, stateFieldCount: 1, tokenOffsets: [0, 1], form: 'right' as const } },
      '2 extractor fields need 3 token offsets, not 2',
    ],
    [
      { extractor: { fieldCount: 1, stateFieldCount: 2, tokenOffsets: [0, 1], form: 'right' as const } },
      '2 of 1 extractor fields cannot be state',
    ],
  ])('refuse %o', (choice, why) => {
    expect(() => plantedSettings(choice)).toThrow(new RangeError(`Cannot build a ranker: ${why}`))
  })
})
