import { describe, expect, test } from 'vitest'
import { clipLine } from '../../../src/app/cli/clip-line.ts'

const RED = '\u001B[31m'
const PLAIN = '\u001B[39m'

describe('a line', () => {
  test('that fits stays as it is', () => {
    const line = `a ${RED}red${PLAIN} word`
    expect(clipLine(line, 10)).toBe(line)
  })

  test('that is too long ends with a mark in the last column', () => {
    expect(clipLine('abcdef', 5)).toBe('abcd…')
    expect(clipLine('abcdef', 1)).toBe('…')
    expect(clipLine('abcdef', 0)).toBe('')
  })

  test('is measured without its styles, and those after the cut are kept', () => {
    expect(clipLine(`ab${RED}cdef${PLAIN}gh`, 4)).toBe(`ab${RED}c…${PLAIN}`)
    expect(clipLine(`ab${RED}cd${PLAIN}`, 4)).toBe(`ab${RED}cd${PLAIN}`)
    expect(clipLine(`${RED}ab${PLAIN}cd`, 3)).toBe(`${RED}ab${PLAIN}…`)
  })

  test('is not cut inside a character of two code units', () => {
    expect(clipLine('𝒶𝒷𝒸𝒹', 3)).toBe('𝒶𝒷…')
  })

  test('loses other control sequences', () => {
    expect(clipLine('a\u001B[2Jb\rc\u0007', 20)).toBe('a2Jb c ')
  })
})
