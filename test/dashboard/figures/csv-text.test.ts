import { parse } from 'csv-parse/sync'
import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { csvText } from '../../../src/dashboard/figures/csv-text.ts'

describe('CSV', () => {
  test('quotes separators, quotes and line breaks, and leaves missing values empty', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          ['x,y', 'say "no"'],
          ['two\nlines', null],
          [1.5, undefined],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""no"""\r\n"two\nlines",\r\n1.5,\r\n')
  })

  test('takes the power from texts that a spreadsheet would run', () => {
    expect(csvText(['user'], [['=HYPERLINK("x")'], ['@sum'], [-3]])).toBe(
      'user\r\n"\'=HYPERLINK(""x"")"\r\n\'@sum\r\n-3\r\n',
    )
  })

  test('is read back by a parser as it was', () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => !/^[=+\-@\t\r]/.test(text))
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const read = parse(csvText(['one', 'two'], rows), { record_delimiter: '\r\n' })
        expect(read).toEqual([['one', 'two'], ...rows])
      }),
    )
  })
})
