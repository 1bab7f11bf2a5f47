import { expect, test } from 'vitest'
import { parseSyncs } from '../../../src/app/evaluate/sync-intervals.ts'
import { parseVariants, settingsOfVariant } from '../../../src/app/evaluate/variant.ts'
import { MODE_NAMES } from '../../../src/core/ranker/modes/mode-names.ts'

test('a list of variants is split outside of braces and brackets', () => {
  const variants = parseVariants('ple, stan-gated ,ple{towerWidths=[64,32],learningRate=1e-3},ple{levels=2}')
  expect(variants.map(({ name }) => name)).toEqual([
    'ple',
    'stan-gated',
    'ple{towerWidths=[64,32],learningRate=1e-3}',
    'ple{levels=2}',
  ])
  expect(settingsOfVariant(variants[2])).toEqual([
    'ranker.mode=ple',
    'ranker.towerWidths=[64,32]',
    'ranker.learningRate=1e-3',
  ])
})

test('all stands for every mode, also beside variants of one', () => {
  expect(parseVariants('all,ple{levels=2}').map(({ name }) => name)).toEqual([...MODE_NAMES, 'ple{levels=2}'])
})

test.each([
  ['pel', 'Cannot evaluate mode "pel": there is no such mode; the nearest is ple'],
  ['', 'Cannot evaluate mode "": there is no such mode; the nearest is ple'],
  ['ple{levels}', 'Cannot evaluate mode ple{levels}: levels is not of the form key=value'],
  ['ple{}', 'Cannot evaluate mode ple{}: nothing is not of the form key=value'],
  ['ple{levels=2', 'Cannot evaluate mode ple{levels=2: write MODE or MODE{key=value,key=value}'],
  ['ple{backend=wasm}', 'Cannot evaluate mode ple{backend=wasm}: backend is no setting of a model'],
  ['ple,all', 'Cannot evaluate mode ple twice: name each mode once'],
])('%j is refused', (list, sentence) => {
  expect(() => parseVariants(list)).toThrow(new RangeError(sentence))
})

test('sync intervals are numbers of examples, hour, day and never', () => {
  expect(parseSyncs('512, hour,day,never')).toEqual([512, 'hour', 'day', 'never'])
  expect(() => parseSyncs('weekly')).toThrow(
    'Cannot use --sync weekly: write a number of examples, hour, day, or never',
  )
  expect(() => parseSyncs('0')).toThrow(RangeError)
})
