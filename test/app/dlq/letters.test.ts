import { describe, expect, test } from 'vitest'
import { type LetterFilter, Letters } from '../../../src/app/dlq/letters.ts'
import { TOPICS, topicSpecs } from '../../../src/app/topics.ts'
import type { LogSlice } from '../../../src/io/log/log.ts'
import { MemoryLog } from '../../../src/io/log/memory-log.ts'
import { replayMarkHeaders } from '../../../src/io/schemas/replay-headers.ts'
import { FRAMED, letterRecord, LOGS, TIME } from '../../support/dead-letters.ts'

const mark = (partition: number, letterOffset: number, timestamp: number) => {
  const headers = replayMarkHeaders(letterOffset)
  return { topic: TOPICS.deadLetters, partition, key: null, value: null, headers, timestamp }
}

async function positions(letters: Letters, filter?: LetterFilter): Promise<string[]> {
  const found: string[] = []
  for await (const { partition, offset } of letters.list(filter)) found.push(`${partition}@${offset}`)
  return found
}

describe.each(LOGS)('letters of a %s log', (_, open) => {
  test('come partition by partition, without marks and foreign records, with the time of their replay', async () => {
    const log = await open()
    const foreign = { topic: TOPICS.deadLetters, partition: 1, key: null, value: Buffer.from('x'), timestamp: 1 }
    await log.append([letterRecord({ partition: 1 }), letterRecord(), foreign, mark(1, 0, 99), letterRecord()])
    await log.append([letterRecord({ partition: 1, attempt: 2, headers: { traceparent: Buffer.from('00-1') } })])
    const letters = await Letters.open(log)
    expect(await positions(letters)).toEqual(['0@0', '0@1', '1@0', '1@3'])
    expect(await letters.at({ partition: 1, offset: 0 }, 'show')).toMatchObject({ replayedMs: 99, attempt: 1 })
    const latest = await letters.at({ partition: 1, offset: 3 }, 'show')
    expect(latest).toMatchObject({ replayedMs: null, attempt: 2, timestamp: TIME, partition: 1, offset: 3 })
    expect(Buffer.from(latest.key!).toString()).toBe('ann')
    expect(Buffer.from(latest.headers.traceparent).toString()).toBe('00-1')
    expect(Buffer.compare(latest.letter.bytes, FRAMED)).toBe(0)
  })

  test('are chosen by cause, partition and time, both ends included', async () => {
    const log = await open()
    await log.append([
      letterRecord({ timestamp: 100 }),
      letterRecord({ timestamp: 200, letter: { cause: 'too-long' } }),
      letterRecord({ timestamp: 300, partition: 1 }),
    ])
    const letters = await Letters.open(log)
    expect(await positions(letters, { cause: 'too-long' })).toEqual(['0@1'])
    expect(await positions(letters, { partition: 1 })).toEqual(['1@0'])
    expect(await positions(letters, { partition: 7 })).toEqual([])
    expect(await positions(letters, { fromMs: 200 })).toEqual(['0@1', '1@0'])
    expect(await positions(letters, { toMs: 200 })).toEqual(['0@0', '0@1'])
    expect(await positions(letters, { fromMs: 101, toMs: 199 })).toEqual([])
  })

  test('that come later are not seen', async () => {
    const log = await open()
    await log.append([letterRecord()])
    const letters = await Letters.open(log)
    await log.append([letterRecord(), mark(0, 0, 5)])
    expect(await positions(letters)).toEqual(['0@0'])
    expect(await letters.at({ partition: 0, offset: 0 }, 'show')).toMatchObject({ replayedMs: null })
  })

  test('are many more than one read brings', async () => {
    const log = await open()
    await log.append(Array.from({ length: 2500 }, () => letterRecord()))
    await log.append([mark(0, 17, 5)])
    const letters = await Letters.open(log)
    expect(await positions(letters)).toHaveLength(2500)
    expect(await letters.at({ partition: 0, offset: 17 }, 'show')).toMatchObject({ replayedMs: 5 })
  })

  test.each([
    [{ partition: 2, offset: 0 }, 'Cannot show 2@0: dead-letters has 2 partitions, counted from 0'],
    [{ partition: 0, offset: 2 }, 'Cannot show 0@2: dead-letters/0 ends before offset 2'],
    [
      { partition: 0, offset: 1 },
      'Cannot show 0@1: the record there is no dead letter of this program; see `dlq list`',
    ],
  ])('are not at %j', async (position, sentence) => {
    const log = await open()
    await log.append([letterRecord(), mark(0, 0, 5)])
    const letters = await Letters.open(log)
    await expect(letters.at(position, 'show')).rejects.toThrow(new RangeError(sentence))
  })
})

/** As a log in another place: records arrive after they were asked for, and the oldest have gone. */
class DistantLog extends MemoryLog {
  override async read(...call: Parameters<MemoryLog['read']>): Promise<LogSlice> {
    const [topic, , offset] = call
    if (topic !== TOPICS.deadLetters || this.asked.has(offset)) return super.read(...call)
    this.asked.add(offset)
    const arrived = { topic: TOPICS.predictions, partition: 0, key: null, value: null, timestamp: 0 }
    setTimeout(() => void this.append([arrived]), 5)
    return { records: [], nextOffset: offset }
  }

  override async startOffset(): Promise<number> {
    return 1
  }

  private readonly asked = new Set<number>()
}

test('letters of a distant log are waited for, and those that have gone are not looked for', async () => {
  const log = new DistantLog()
  await log.ensureTopics(topicSpecs(1))
  await log.append([letterRecord(), letterRecord(), letterRecord(), mark(0, 1, 9)])
  const letters = await Letters.open(log)
  expect(await positions(letters)).toEqual(['0@1', '0@2'])
  expect(await letters.at({ partition: 0, offset: 1 }, 'show')).toMatchObject({ replayedMs: 9 })
  await expect(letters.at({ partition: 0, offset: 0 }, 'show')).rejects.toThrow(
    new RangeError('Cannot show 0@0: dead-letters/0 begins at offset 1'),
  )
})
