import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '../../../src/app/observability/logger.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function loggedBy(work: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  const telemetry = { logRepeats: 3, logWindowSeconds: 60 }
  work(createLogger('info', telemetry, { write: (line: string) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('of equal lines a window has the first ones, and a count of the others when it is over', () => {
  const lines = loggedBy((logger) => {
    for (let offset = 0; offset < 10; offset++) logger.warn({ partition: 1, offset, traceId: 'abc' }, 'dead letter')
    logger.info('another')
    logger.info({ partition: 2 }, 'dead letter')
    vi.advanceTimersByTime(60_000)
    logger.warn({ offset: 99 }, 'dead letter')
    vi.advanceTimersByTime(120_000)
  })
  expect(lines.map(({ msg, offset, leftOut }) => [msg, offset, leftOut])).toEqual([
    ['dead letter', 0, undefined],
    ['dead letter', 1, undefined],
    ['dead letter', 2, undefined],
    ['another', undefined, undefined],
    // Of another level: another line.
    ['dead letter', undefined, undefined],
    ['dead letter', undefined, 7],
    ['dead letter', 99, undefined],
  ])
  expect(lines[0]).toMatchObject({ level: 40, partition: 1, traceId: 'abc' })
  expect(lines[5]).toMatchObject({ level: 40, windowSeconds: 60 })
})

test('lines below the level do not count', () => {
  expect(loggedBy((logger) => logger.debug('quiet'))).toEqual([])
})
