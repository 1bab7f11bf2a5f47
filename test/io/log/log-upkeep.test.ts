import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../../src/io/log/embedded-log.ts'
import type { Log, OutputRecord, ReadRecord } from '../../../src/io/log/log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const HOUR_MS = 3_600_000
const TOPICS = [
  { name: 'events', partitions: 1, cleanup: 'delete' },
  { name: 'states', partitions: 1, cleanup: 'compact' },
] as const

/** Small enough that what is appended lies in tables, whose sizes LevelDB knows. */
async function openLog(): Promise<{ log: Log; reopen: () => Promise<Log> }> {
  const folder = join(await temporaryFolder(), 'log')
  const options = { writeBufferBytes: 65_536, recentBytes: 1 }
  const log = await openEmbeddedLog(folder, options)
  await log.ensureTopics(TOPICS)
  const opened = { log }
  return {
    log,
    reopen: async () => {
      await opened.log.close()
      opened.log = await openEmbeddedLog(folder, options)
      return opened.log
    },
  }
}

function record(topic: string, key: string, value: string | null): OutputRecord {
  return { topic, partition: 0, key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp: 5 }
}

const keyOf = ({ key }: ReadRecord): string => Buffer.from(key!).toString()

async function keysFrom(log: Log, topic: string, offset: number): Promise<string[]> {
  const keys: string[] = []
  const end = await log.endOffset(topic, 0)
  for (let from = offset; from < end;) {
    const { records, nextOffset } = await log.read(topic, 0, from, 3)
    keys.push(...records.map((held) => `${held.offset}:${keyOf(held)}`))
    from = nextOffset
  }
  return keys
}

const removeKey = (log: Log, topic: string, key: string, end: number): Promise<number> =>
  log.upkeep!.remove(topic, 0, { end, mayHold: () => true, isGone: (held) => keyOf(held) === key })

describe('upkeep of the embedded log', () => {
  test.each(['events', 'states'])('takes records out of %s, and the others keep their offsets', async (topic) => {
    const { log, reopen } = await openLog()
    await log.append(['a', 'b', 'c'].map((key) => record(topic, key, 'x')))
    await log.append(['b', 'd', 'b'].map((key) => record(topic, key, 'y')))
    expect(await removeKey(log, topic, 'b', 5)).toBe(2)
    const left = ['0:a', '2:c', '4:d', '5:b']
    expect(await keysFrom(log, topic, 0)).toEqual(left)
    expect(await keysFrom(log, topic, 1)).toEqual(left.slice(1))
    expect(await removeKey(log, topic, 'b', 6)).toBe(1)
    // The last record is gone: the next one must not get its offset.
    const again = await reopen()
    expect(await again.endOffset(topic, 0)).toBe(6)
    expect(await keysFrom(again, topic, 0)).toEqual(['0:a', '2:c', '4:d'])
    expect(await again.append([record(topic, 'e', 'z')])).toEqual([6])
    expect(await keysFrom(again, topic, 3)).toEqual(['4:d', '6:e'])
    await again.close()
  })

  test('takes whole batches away, and a read goes on behind them', async () => {
    const { log, reopen } = await openLog()
    for (let batch = 0; batch < 5; batch++) await log.append([record('events', `${batch % 2}`, 'x')])
    expect(await removeKey(log, 'events', '1', 5)).toBe(2)
    expect(await log.read('events', 0, 1, 1)).toEqual({ records: [], nextOffset: 2 })
    expect(await keysFrom(await reopen(), 'events', 0)).toEqual(['0:0', '2:0', '4:0'])
  })

  test('compacts a topic whose last record was removed without losing its end', async () => {
    const folder = join(await temporaryFolder(), 'log')
    const log = await openEmbeddedLog(folder, { compactAfterBytes: 1 })
    await log.ensureTopics(TOPICS)
    await log.append(['a', 'b'].map((key) => record('states', key, 'x')))
    await removeKey(log, 'states', 'b', 2)
    await log.append([record('events', 'e', 'x')])
    await log.append([record('states', 'a', 'y')])
    await log.append([record('states', 'c', 'z')])
    await removeKey(log, 'states', 'c', 4)
    await log.close()
    const again = await openEmbeddedLog(folder, { compactAfterBytes: 1 })
    expect(await again.endOffset('states', 0)).toBe(4)
    expect(await again.append([record('states', 'd', 'z')])).toEqual([4])
    expect((await keysFrom(again, 'states', 0)).at(-1)).toBe('4:d')
    await again.close()
  })

  test('expires by age as of the marks of a clock, whole batches, and remembers the start', async () => {
    const { log, reopen } = await openLog()
    for (let hour = 0; hour < 5; hour++) {
      await log.append(['a', 'b'].map((key) => record('events', `${hour}${key}`, 'x')))
      await log.upkeep!.mark(hour * HOUR_MS)
    }
    const expiry = { maxBytes: null, keepFrom: Infinity }
    // Nothing is older than the first mark.
    expect(await log.upkeep!.expire('events', 0, { ...expiry, appendedBefore: -1 })).toBe(0)
    expect(await log.upkeep!.expire('events', 0, { ...expiry, appendedBefore: 2.5 * HOUR_MS })).toBe(6)
    const again = await reopen()
    expect(await again.startOffset('events', 0)).toBe(6)
    expect(await keysFrom(again, 'events', 6)).toEqual(['6:3a', '7:3b', '8:4a', '9:4b'])
    // Who begins at 0 begins at the start; who had read on is told.
    expect(await again.read('events', 0, 0, 1)).toMatchObject({ nextOffset: 7 })
    await expect(again.read('events', 0, 3, 1)).rejects.toMatchObject({ code: 'position-below-start' })
    // The last batch stays: where the partition ends is in what is stored.
    expect(await again.upkeep!.expire('events', 0, { ...expiry, appendedBefore: 99 * HOUR_MS })).toBe(8)
    await again.close()
  })

  test('expires by size down to what may stay, and keeps what a reader has not read', async () => {
    const { log } = await openLog()
    // Bytes that LevelDB cannot compress.
    const noise = (seed: number) =>
      Buffer.from(Array.from({ length: 4000 }, (_, i) => (seed * 7919 + i * i * 31 + (i >> 3)) & 255))
    for (let batch = 0; batch < 200; batch++) {
      await log.append([{ topic: 'events', partition: 0, key: null, value: noise(batch), timestamp: 5 }])
    }
    await log.upkeep!.purge()
    const writer = await log.openWriter('reader')
    await writer.commit({
      group: 'reader',
      outputs: [],
      positions: [{ topic: 'events', partition: 0, nextOffset: 120 }],
    })
    expect(await log.upkeep!.positions('events', 0)).toEqual(new Map([['reader', 120]]))
    const expiry = { appendedBefore: null, maxBytes: 100_000 }
    expect(await log.upkeep!.expire('events', 0, { ...expiry, keepFrom: 120 })).toBe(120)
    const start = await log.upkeep!.expire('events', 0, { ...expiry, keepFrom: Infinity })
    expect(start).toBeGreaterThan(120)
    expect(start).toBeLessThan(200)
    await log.close()
  })
})

/** Bytes of a folder's files, as they lie. */
async function bytesOf(folder: string): Promise<string> {
  const names = await readdir(folder)
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).join('')
}

describe('a purge of the embedded log', () => {
  test.each(['within the write buffer', 'out of a table'])('takes removed bytes off the disk, %s', async (where) => {
    const folder = join(await temporaryFolder(), 'log')
    const log = await openEmbeddedLog(folder)
    await log.ensureTopics(TOPICS)
    await log.append(['ann', 'bob', 'secret-user'].flatMap((key) => TOPICS.map(({ name }) => record(name, key, 'x'))))
    if (where === 'out of a table') await log.upkeep!.purge()
    expect(await bytesOf(folder)).toContain('secret-user')
    for (const { name } of TOPICS) expect(await removeKey(log, name, 'secret-user', 3)).toBe(1)
    await log.upkeep!.purge()
    expect(await bytesOf(folder)).not.toContain('secret-user')
    expect(await keysFrom(log, 'events', 0)).toEqual(['0:ann', '1:bob'])
    await log.close()
    expect(await bytesOf(folder)).not.toContain('secret-user')
  })
})
