import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from '../../../src/io/datasets/line-splitter.ts'
import { readLines } from '../../../src/io/datasets/read-lines.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('line splitter', () => {
  it('finds the same lines, however the input is cut', () => {
    const piece = fc.oneof(fc.constantFrom('\n', '\r\n', '\r'), fc.string({ maxLength: 5 }))
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), (pieces, cuts) => {
        const input = Buffer.from(pieces.join(''))
        const splitter = new LineSplitter(1_000)
        const points = [0, ...cuts.map((cut) => Math.min(cut, input.length)).sort((a, b) => a - b), input.length]
        const chunks = points.slice(1).map((end, index) => input.subarray(points[index], end))
        const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()]
        const expected = pieces.join('').split(/\n/)
        if (expected[expected.length - 1] === '') expected.pop()
        expect(lines.map(({ bytes }) => bytes.toString())).toEqual(expected.map((line) => line.replace(/\r$/, '')))
        expect(lines.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1))
      }),
    )
  })

  it('keeps the beginning of a line over the limit, its whole length, and the lines around it', () => {
    const splitter = new LineSplitter(1_000_000)
    const lines = splitter.push(Buffer.from('before\n'))
    for (let chunk = 0; chunk < 200; chunk++) lines.push(...splitter.push(Buffer.alloc(65_536, 0x61)))
    lines.push(...splitter.push(Buffer.from('\nafter\n')))
    expect(lines.map(({ number, byteLength }) => [number, byteLength])).toEqual([
      [1, 6],
      [2, 200 * 65_536],
      [3, 5],
    ])
    expect(lines[1].bytes).toHaveLength(65_536)
    expect(lines[2].bytes.toString()).toBe('after')
  })

  it('takes a line at the limit and not one byte more', () => {
    const splitter = new LineSplitter(100_000)
    const [atLimit] = splitter.push(Buffer.concat([Buffer.alloc(100_000, 0x61), Buffer.from('\n')]))
    const [above] = splitter.push(Buffer.concat([Buffer.alloc(100_001, 0x61), Buffer.from('\n')]))
    expect(atLimit.bytes).toHaveLength(100_000)
    expect(above.bytes).toHaveLength(65_536)
    expect(above.byteLength).toBe(100_001)
  })
})

describe('read lines', () => {
  it('reads plain and gzip alike, whatever the name, also several gzip members', async () => {
    const folder = await temporaryFolder()
    const text = 'first\nsecond\nthird'
    await writeFile(join(folder, 'plain.gz'), text)
    await writeFile(join(folder, 'packed'), gzipSync(text))
    await writeFile(join(folder, 'members'), Buffer.concat([gzipSync('first\nsec'), gzipSync('ond\nthird')]))
    for (const name of ['plain.gz', 'packed', 'members']) {
      expect(await collect(join(folder, name))).toEqual({ lines: ['first', 'second', 'third'], failure: null })
    }
  })

  it('reads a file of no byte and of one byte', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'none'), '')
    await writeFile(join(folder, 'one'), 'x')
    expect(await collect(join(folder, 'none'))).toEqual({ lines: [], failure: null })
    expect(await collect(join(folder, 'one'))).toEqual({ lines: ['x'], failure: null })
  })

  it('delivers every whole line before a gzip breaks off, then names file and line', async () => {
    const path = join(await temporaryFolder(), 'cut.gz')
    const lines = Array.from({ length: 30_000 }, () => randomBytes(9).toString('hex'))
    const packed = gzipSync(lines.join('\n'))
    await writeFile(path, packed.subarray(0, packed.length >> 1))
    const read = await collect(path)
    expect(read.lines.length).toBeGreaterThan(10_000)
    expect(read.lines).toEqual(lines.slice(0, read.lines.length))
    expect(read.failure).toMatchObject({
      code: 'unreadable-file',
      message: `Cannot read ${path} after line ${read.lines.length}: the gzip data breaks off`,
    })
  })

  it('delivers lines before damage in the middle of a gzip', async () => {
    const path = join(await temporaryFolder(), 'damaged.gz')
    const lines = Array.from({ length: 30_000 }, () => randomBytes(9).toString('hex'))
    const packed = gzipSync(lines.join('\n'))
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 2_000)
    await writeFile(path, packed)
    const read = await collect(path)
    expect(read.lines.length).toBeGreaterThan(10_000)
    expect(read.failure).toMatchObject({ message: expect.stringContaining('the gzip data is damaged') })
  })

  it.each([
    ['a missing file', 'missing', 'there is no such file'],
    ['a folder', '', 'it is a folder'],
  ])('names %s', async (_, name, state) => {
    const folder = await temporaryFolder()
    const { failure } = await collect(join(folder, name))
    expect(failure).toMatchObject({ code: 'unreadable-file', message: expect.stringContaining(state) })
  })

  it('closes the file when the reader stops early', async () => {
    const path = join(await temporaryFolder(), 'log.gz')
    await writeFile(path, gzipSync(randomBytes(500_000).toString('hex').replaceAll('00', '\n')))
    for (let round = 0; round < 50; round++) {
      for await (const { lines } of readLines(path)) {
        expect(lines.length).toBeGreaterThan(0)
        break
      }
    }
  })
})

async function collect(path: string): Promise<{ lines: string[]; failure: unknown }> {
  const lines: string[] = []
  try {
    for await (const block of readLines(path)) lines.push(...block.lines.map(({ bytes }) => bytes.toString()))
    return { lines, failure: null }
  } catch (failure) {
    return { lines, failure }
  }
}
