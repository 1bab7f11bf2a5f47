import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { createProgress } from '../../../src/app/cli/progress.ts'

const SHOW_CURSOR = '\u001B[?25h'
const HIDE_CURSOR = '\u001B[?25l'

function fakeStream(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100, rows: 24 })
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text }
}

function clock() {
  let nowMs = 1000
  return { now: () => nowMs, pass: (ms: number) => (nowMs += ms) }
}

describe('progress without a terminal', () => {
  test('writes a line with rate and time left, every five seconds at most', () => {
    const { stream, text } = fakeStream(false)
    const { now, pass } = clock()
    const progress = createProgress('ingest', 'rows', stream, now)
    for (let second = 1; second <= 11; second++) {
      pass(1000)
      progress.update(second * 10, 400, second * 1000)
    }
    progress.stop()
    expect(text()).toBe(
      'ingest 13 %, 5000 rows, 1000 rows/s, 35 s left\ningest 25 %, 10000 rows, 1000 rows/s, 30 s left\n',
    )
  })

  test('tells no share and no time left where the total is not known', () => {
    const { stream, text } = fakeStream(false)
    const { now, pass } = clock()
    const progress = createProgress('ingest', 'rows', stream, now)
    pass(5000)
    progress.update(10, null, 20)
    expect(text()).toBe('ingest 20 rows, 4 rows/s\n')
  })

  test.each([
    [60, '60 s'],
    [600, '10 min'],
    [36_000, '10.0 h'],
  ])('tells %i seconds left as %s', (seconds, told) => {
    const { stream, text } = fakeStream(false)
    const { now, pass } = clock()
    const progress = createProgress('ingest', 'rows', stream, now)
    pass(10_000)
    progress.update(10, 10 + seconds, 0)
    expect(text()).toContain(`, ${told} left`)
  })
})

describe('progress on a terminal', () => {
  test('is one line with bar, share, rate and time left, and gives the cursor back', () => {
    const { stream, text } = fakeStream(true)
    const { now, pass } = clock()
    const progress = createProgress('ingest', 'rows', stream, now)
    pass(10_000)
    progress.update(50, 200, 12_340)
    progress.stop()
    progress.stop()
    const lines = stripVTControlCharacters(text()).split('\n')
    expect(lines[0]).toContain(
      `ingest ${'█'.repeat(6)}${'░'.repeat(18)}  25 % | 12,340 rows | 1,234 rows/s | 30 s left`,
    )
    expect(lines).toHaveLength(2)
    expect(text().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(text().lastIndexOf(HIDE_CURSOR))
  })

  test('has no bar where the total is not known', () => {
    const { stream, text } = fakeStream(true)
    const { now, pass } = clock()
    const progress = createProgress('ingest', 'rows', stream, now)
    pass(10_000)
    progress.update(50, null, 100)
    progress.stop()
    expect(stripVTControlCharacters(text())).toContain('ingest 100 rows | 10 rows/s')
    expect(text()).not.toMatch(/left|█/)
  })

  test('gives the cursor back before a signal ends the process', () => {
    const { stream, text } = fakeStream(true)
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const listeners = process.listenerCount('SIGINT')
    createProgress('ingest', 'rows', stream)
    process.emit('SIGINT', 'SIGINT')
    expect(text().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(text().lastIndexOf(HIDE_CURSOR))
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGINT']])
    expect(process.listenerCount('SIGINT')).toBe(listeners)
    kill.mockRestore()
  })
})
