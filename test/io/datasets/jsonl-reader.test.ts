import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readJsonl } from '../../../src/io/datasets/jsonl-reader.ts'
import { collectBatches } from '../../support/collect-batches.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function recordOf(n: number): Record<string, unknown> {
  return {
    eventId: `e${n}`,
    userId: `ü${n % 3}`,
    itemId: 'i',
    type: 'impression',
    eventTime: 1_650_000_000_000 + n,
    context: { tab: '1' },
  }
}

const LINES = Array.from({ length: 5 }, (_, n) => JSON.stringify(recordOf(n)))

describe('jsonl reader', () => {
  it('reads interactions, plain or gzip, with LF or CRLF, with or without a last line end, blank lines skipped', async () => {
    const folder = await temporaryFolder()
    for (const [name, bytes] of [
      ['lf.jsonl', Buffer.from(`${LINES.join('\n')}\n`)],
      ['crlf.jsonl', Buffer.from(LINES.join('\r\n'))],
      ['blank.jsonl', Buffer.from(`\n\n${LINES.join('\n  \n\t\r\n')}\n\n`)],
      ['bom.jsonl', Buffer.from(`\ufeff${LINES.join('\n')}`)],
      ['packed.jsonl.gz', gzipSync(LINES.join('\n'))],
    ] as const) {
      await writeFile(join(folder, name), bytes)
      const { interactions, letters, failure, progress } = await collectBatches(readJsonl(join(folder, name)))
      expect(failure).toBeNull()
      expect(letters).toEqual([])
      expect(interactions).toEqual(LINES.map((_, n) => recordOf(n)))
      expect(progress.at(-1)).toEqual({ bytesRead: bytes.length, totalBytes: bytes.length })
    }
  })

  it('turns each bad line into a dead letter with its place, cause and bytes, and goes on', async () => {
    const path = join(await temporaryFolder(), 'bad.jsonl')
    const bad: (string | Buffer)[] = [
      '{"eventId": "e1"',
      '[1, 2]',
      '"text"',
      'NaN',
      Buffer.from('7b226576656e744964223a22ff227d', 'hex'),
      JSON.stringify({ ...recordOf(9), type: 'purchase' }),
      JSON.stringify({ ...recordOf(9), value: 'much' }),
      JSON.stringify({ ...recordOf(9) }).replace(/\d+,"context/, '1e400,"context'),
      '{"eventId":"\\ud800","userId":"u","itemId":"i","type":"impression","eventTime":1650000000000}',
    ]
    const lines = bad.flatMap((line, n) => [Buffer.from(LINES[n % LINES.length]), Buffer.from(line)])
    await writeFile(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
    const { interactions, letters, failure } = await collectBatches(readJsonl(path))
    expect(failure).toBeNull()
    expect(interactions).toHaveLength(bad.length)
    expect(letters.map(({ cause, field, origin }) => [cause, field, origin])).toEqual([
      ['unreadable-record', '', 'bad.jsonl:2'],
      ['unreadable-record', '', 'bad.jsonl:4'],
      ['unreadable-record', '', 'bad.jsonl:6'],
      ['unreadable-record', '', 'bad.jsonl:8'],
      ['invalid-utf8', '', 'bad.jsonl:10'],
      ['unknown-event-type', 'type', 'bad.jsonl:12'],
      ['wrong-type', 'value', 'bad.jsonl:14'],
      ['out-of-range', 'eventTime', 'bad.jsonl:16'],
      ['invalid-utf8', 'eventId', 'bad.jsonl:18'],
    ])
    expect(letters.map(({ bytes }) => Buffer.from(bytes))).toEqual(bad.map((line) => Buffer.from(line)))
  })

  it('does not buffer an id of 10 MB, nor a gzip of one line of 300 MB', async () => {
    const folder = await temporaryFolder()
    const huge = JSON.stringify({ ...recordOf(1), userId: 'x'.repeat(10_000_000) })
    await writeFile(join(folder, 'huge.jsonl'), `${LINES[0]}\n${huge}\n${LINES[1]}\n`)
    const { interactions, letters } = await collectBatches(readJsonl(join(folder, 'huge.jsonl')))
    expect(interactions.map(({ eventId }) => eventId)).toEqual(['e0', 'e1'])
    expect(letters).toMatchObject([{ cause: 'too-long', origin: 'huge.jsonl:2', byteLength: huge.length }])
    expect(letters[0].bytes).toHaveLength(65_536)

    await writeFile(join(folder, 'bomb.jsonl.gz'), gzipSync(Buffer.alloc(300_000_000, 0x61)))
    const before = process.memoryUsage().rss
    const bomb = await collectBatches(readJsonl(join(folder, 'bomb.jsonl.gz')))
    expect(bomb.letters).toMatchObject([{ cause: 'too-long', byteLength: 300_000_000 }])
    expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000)
  })

  it('names a missing file', async () => {
    const { failure } = await collectBatches(readJsonl(join(await temporaryFolder(), 'none.jsonl')))
    expect(failure).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringContaining('there is no such file'),
    })
  })

  it('reads standard input for a dash, plain or gzip, also when it comes byte by byte', async () => {
    for (const bytes of [Buffer.from(LINES.join('\n')), gzipSync(LINES.join('\n'))]) {
      const program = `
        const { readJsonl } = await import(${JSON.stringify(new URL('../../../src/io/datasets/jsonl-reader.ts', import.meta.url).href)})
        for await (const { rows } of readJsonl('-')) for (const row of rows) console.log(row.interaction.eventId)`
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const output: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
      child.stdin.write(bytes.subarray(0, 1))
      await new Promise((resolve) => setTimeout(resolve, 50))
      child.stdin.end(bytes.subarray(1))
      await finished(child.stdout)
      expect(Buffer.concat(output).toString().trim().split('\n')).toEqual(['e0', 'e1', 'e2', 'e3', 'e4'])
    }
  })

  it('reads a large file in steps with growing progress', async () => {
    const path = join(await temporaryFolder(), 'large.jsonl')
    const file = createWriteStream(path)
    for (let n = 0; n < 20_000; n++) file.write(`${JSON.stringify(recordOf(n))}\n`)
    file.end()
    await finished(file)
    const { interactions, progress } = await collectBatches(readJsonl(path))
    expect(interactions).toHaveLength(20_000)
    expect(progress.length).toBeGreaterThan(10)
    expect(progress.map(({ bytesRead }) => bytesRead)).toEqual(
      progress.map(({ bytesRead }) => bytesRead).sort((left, right) => left - right),
    )
  })
})
