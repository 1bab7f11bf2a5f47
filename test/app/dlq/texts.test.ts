import { describe, expect, test } from 'vitest'
import { hexDump } from '../../../src/app/dlq/hex-dump.ts'
import { parseLetterPosition, positionText } from '../../../src/app/dlq/letter-position.ts'
import { parseTime } from '../../../src/app/dlq/parse-time.ts'
import { printable, printableBytes } from '../../../src/app/dlq/printable.ts'

test('a dump has 16 bytes a row, in hexadecimal and as text', () => {
  expect(hexDump(new Uint8Array(0))).toEqual([])
  expect(hexDump(Buffer.from('Zwölf Boxkämpfer\x00~'))).toEqual([
    '00000000  5a 77 c3 b6 6c 66 20 42  6f 78 6b c3 a4 6d 70 66  |Zw..lf Boxk..mpf|',
    '00000010  65 72 00 7e                                       |er.~|',
  ])
})

test('text has no character that moves a cursor or turns the line around', () => {
  expect(printable('Köln 日本 \u001b[2J\u202e\u0085\n')).toBe('Köln 日本 \\u{1b}[2J\\u{202e}\\u{85}\\u{a}')
  expect(printableBytes(Buffer.from('Köln\u0007'))).toBe('Köln\\u{7}')
  expect(printableBytes(Buffer.from([0xff, 0x41]))).toBe('0xff41')
})

test('a position is partition@offset', () => {
  expect(parseLetterPosition('3@120')).toEqual({ partition: 3, offset: 120 })
  expect(positionText({ partition: 3, offset: 120 })).toBe('3@120')
  for (const text of ['', '3', '3@', '@5', '-1@5', '3@1.5', '3@1234567890123456', ' 3@1']) {
    expect(() => parseLetterPosition(text)).toThrow(`Cannot use the position ${text}: write partition@offset`)
  }
})

describe('a time', () => {
  const [from, to] = [parseTime('--from'), parseTime('--to', true)]
  const iso = (timeMs: number): string => new Date(timeMs).toISOString()

  test('is a day, from its first to its last millisecond', () => {
    expect(iso(from('2026-02-28'))).toBe('2026-02-28T00:00:00.000Z')
    expect(iso(to('2026-02-28'))).toBe('2026-02-28T23:59:59.999Z')
  })

  test.each([
    ['2026-01-31T08:30', '2026-01-31T08:30:00.000Z'],
    ['2026-01-31T08:30:15', '2026-01-31T08:30:15.000Z'],
    ['2026-01-31T08:30:15.250Z', '2026-01-31T08:30:15.250Z'],
    ['2026-01-31T08:30+02:00', '2026-01-31T06:30:00.000Z'],
    ['2026-01-31T23:30-02:00', '2026-02-01T01:30:00.000Z'],
  ])('is %s', (text, time) => {
    expect([iso(from(text)), iso(to(text))]).toEqual([time, time])
  })

  test.each(['', 'noon', '2026', '2026-02-29', '2026-13-01', '2026-01-31 08:30', '2026-01-31T25:00', '1767225600000'])(
    'is not %j',
    (text) => {
      expect(() => from(text)).toThrow(`Cannot use --from ${text}: write a day or a time, such as 2026-01-31`)
    },
  )
})
