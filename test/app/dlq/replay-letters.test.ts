import { describe, expect, test } from 'vitest'
import { Letters } from '../../../src/app/dlq/letters.ts'
import {
  replayLetters,
  type ReplayOptions,
  type ReplayResult,
  type ReplaySelection,
} from '../../../src/app/dlq/replay-letters.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { Log } from '../../../src/io/log/log.ts'
import { codecs, FRAMED, letterRecord, LOGS } from '../../support/dead-letters.ts'

const ALL: ReplaySelection = { kind: 'cause', cause: null }
const NOW = 1_800_000_000_000

async function replay(log: Log, selection: ReplaySelection, change: Partial<ReplayOptions> = {}): Promise<string[]> {
  const options = { limit: Infinity, maxAttempts: 3, dryRun: false, nowMs: NOW, ...change }
  const lines: string[] = []
  for await (const result of replayLetters(log, codecs, selection, options)) lines.push(lineOf(result))
  return lines
}

function lineOf(result: ReplayResult): string {
  const { partition, offset } = result.stored
  return `${partition}@${offset} ${result.kind === 'replayed' ? `${result.partition}@${result.offset}` : result.reason}`
}

/** Records of interactions, and of dead-letters from an offset on, in both partitions. */
async function ends(log: Log): Promise<number[]> {
  const counts: number[] = []
  for (const topic of [TOPICS.interactions, TOPICS.deadLetters]) {
    for (const partition of [0, 1]) counts.push(await log.endOffset(topic, partition))
  }
  return counts
}

describe.each(LOGS)('a replay on a %s log', (_, open) => {
  test('puts each letter back once, however often it is asked for', async () => {
    const log = await open()
    await log.append([letterRecord(), letterRecord({ partition: 1 }), letterRecord()])
    expect(await replay(log, ALL)).toEqual(['0@0 0@0', '0@1 0@1', '1@0 1@0'])
    expect(await replay(log, ALL)).toEqual([])
    expect(await ends(log)).toEqual([2, 1, 4, 2])
    const { records } = await log.read(TOPICS.interactions, 1, 0, 9)
    expect(records).toMatchObject([{ timestamp: letterRecord().timestamp }])
    expect(Buffer.compare(records[0].value!, FRAMED)).toBe(0)
    expect(await (await Letters.open(log)).at({ partition: 1, offset: 0 }, 'show')).toMatchObject({ replayedMs: NOW })
  })

  test('of positions goes all the way or not at all', async () => {
    const log = await open()
    await log.append([letterRecord(), letterRecord({ attempt: 3 }), letterRecord({ attempt: 4 }), letterRecord()])
    const at = (...offsets: number[]): ReplaySelection => {
      return { kind: 'positions', positions: offsets.map((offset) => ({ partition: 0, offset })) }
    }
    await expect(replay(log, at(0, 1, 2))).rejects.toThrow(
      new RangeError('Cannot replay 0@1: it has failed 3 times, and --max-attempts is 3; and 1 more'),
    )
    await expect(replay(log, at(0, 9))).rejects.toThrow('Cannot replay 0@9: dead-letters/0 ends before offset 4')
    expect(await ends(log)).toEqual([0, 0, 4, 0])
    expect(await replay(log, at(3, 0, 3))).toEqual(['0@3 0@0', '0@0 0@1'])
    await expect(replay(log, at(0))).rejects.toThrow('Cannot replay 0@0: it was replayed at 2027-01-15T08:00:00.000Z')
    expect(await replay(log, at(1, 2), { maxAttempts: 5 })).toEqual(['0@1 0@2', '0@2 0@3'])
  })

  test('of a cause leaves the others, and says which letters of it stay', async () => {
    const log = await open()
    const line = letterRecord({ letter: { cause: 'too-long', origin: 'a.jsonl:3', bytes: Buffer.from('{') } })
    await log.append([letterRecord(), letterRecord({ letter: { cause: 'too-long' } }), line])
    expect(await replay(log, { kind: 'cause', cause: 'too-long' })).toEqual([
      '0@1 0@0',
      '0@2 it came from a file, a.jsonl:3, and is no framed interaction: the bytes do not begin with 0 and a schema id',
    ])
    expect(await ends(log)).toEqual([1, 0, 4, 0])
  })

  test('stops at the limit, which refused letters do not count towards, and goes on from there', async () => {
    const log = await open()
    await log.append([letterRecord({ attempt: 3 }), ...Array.from({ length: 1200 }, () => letterRecord())])
    const first = await replay(log, ALL, { limit: 700 })
    expect(first).toHaveLength(701)
    expect(first.at(-1)).toBe('0@700 0@699')
    expect((await replay(log, ALL)).slice(1)).toHaveLength(500)
    expect(await ends(log)).toEqual([1200, 0, 1201 + 1200, 0])
    expect(await replay(log, ALL, { limit: 0 })).toEqual([])
  })

  test('that is dry writes nothing', async () => {
    const log = await open()
    await log.append([letterRecord(), letterRecord({ attempt: 3 })])
    const refused = '0@1 it has failed 3 times, and --max-attempts is 3'
    expect(await replay(log, ALL, { dryRun: true })).toEqual(['0@0 0@null', refused])
    expect(await ends(log)).toEqual([0, 0, 2, 0])
    expect(await replay(log, ALL)).toEqual(['0@0 0@0', refused])
  })
})
