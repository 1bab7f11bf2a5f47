import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../src/io/log/embedded-log.ts'
import type { Log, OutputRecord } from '../../../src/io/log/log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { logContract } from './log.contract.ts'

/** Entries of topic 1, partition 1, whose first offsets are 0 and 5: see log-keys.ts. */
const FIRST_BATCH = 'b0001000000010000000000000000'
const SECOND_BATCH = 'b0001000000010000000000000005'

logContract(
  'embedded log',
  async () => {
    const folder = join(await temporaryFolder(), 'log')
    const opened: { log: Log } = { log: await openEmbeddedLog(folder) }
    return {
      log: opened.log,
      reopen: async () => {
        await opened.log.close()
        opened.log = await openEmbeddedLog(folder)
        return opened.log
      },
      dispose: () => opened.log.close(),
    }
  },
  { durable: true, dense: true, compactsAtOnce: false },
)

// Caches too small to help, and a compaction after every append.
logContract(
  'embedded log without recent batches, synced',
  async () => {
    const folder = await temporaryFolder()
    const log = await openEmbeddedLog(join(folder, 'log'), {
      recentBytes: 1,
      compactAfterBytes: 1,
      sync: true,
    })
    return { log, dispose: () => log.close() }
  },
  { durable: false, dense: true, compactsAtOnce: false },
)

describe('embedded log', () => {
  it('refuses a folder that another log holds open', async () => {
    const folder = await temporaryFolder()
    const log = await openEmbeddedLog(folder)
    await expect(openEmbeddedLog(folder)).rejects.toMatchObject({ code: 'folder-in-use' })
    await log.close()
    await (await openEmbeddedLog(folder)).close()
  })

  it('refuses a newer format by name', async () => {
    const folder = await temporaryFolder()
    await (await openEmbeddedLog(folder)).close()
    await patch(folder, 'f', () => Buffer.from([9]))
    await expect(openEmbeddedLog(folder)).rejects.toMatchObject({
      code: 'newer-format',
      message: expect.stringContaining('format is 9'),
    })
  })

  it('names topic, partition and offset of a batch of which a byte flipped, and reads the others', async () => {
    const original = await temporaryFolder()
    const copy = join(await temporaryFolder(), 'copy')
    const log = await openEmbeddedLog(original)
    await log.ensureTopics([{ name: 'events', partitions: 2, cleanup: 'delete' }])
    for (const base of [0, 5, 10]) await log.append(Array.from({ length: 5 }, (_, index) => event(base + index)))
    await log.close()
    for (const flipped of [0, 1, 5, 9, 20, 90]) {
      await rm(copy, { recursive: true, force: true })
      await cp(original, copy, { recursive: true })
      await patch(copy, SECOND_BATCH, (bytes) => {
        bytes[flipped] ^= 0x10
        return bytes
      })
      const damaged = await openEmbeddedLog(copy)
      const reading = damaged.read('events', 1, 7, 2)
      await expect(reading).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('events/1@5') })
      expect((await damaged.read('events', 1, 2, 3)).nextOffset).toBe(5)
      expect((await damaged.read('events', 1, 11, 3)).nextOffset).toBe(14)
      await damaged.close()
    }
  })

  it('names the first record that is missing when a batch is gone', async () => {
    const folder = await temporaryFolder()
    const log = await openEmbeddedLog(folder)
    await log.ensureTopics([{ name: 'events', partitions: 2, cleanup: 'delete' }])
    for (const base of [0, 5, 10]) await log.append(Array.from({ length: 5 }, (_, index) => event(base + index)))
    await log.close()
    await patch(folder, SECOND_BATCH, () => null)
    const damaged = await openEmbeddedLog(folder)
    for (const from of [3, 5, 8]) {
      const missing = expect.stringContaining(`events/1@${Math.max(from, 5)}: the record is missing`)
      await expect(damaged.read('events', 1, from, 5)).rejects.toMatchObject({ code: 'corrupt', message: missing })
    }
    await damaged.close()
  })

  it('refuses to open when the last batch is damaged, since the end offset is unknown', async () => {
    const folder = await temporaryFolder()
    const log = await openEmbeddedLog(folder)
    await log.ensureTopics([{ name: 'events', partitions: 2, cleanup: 'delete' }])
    await log.append([event(0)])
    await log.close()
    await patch(folder, FIRST_BATCH, (bytes) => bytes.subarray(0, 12))
    await expect(openEmbeddedLog(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('stores 2,000 records of one commit in one entry', async () => {
    const folder = await temporaryFolder()
    const log = await openEmbeddedLog(folder)
    await log.ensureTopics([{ name: 'events', partitions: 2, cleanup: 'delete' }])
    const writer = await log.openWriter('task')
    await writer.commit({
      group: 'g',
      outputs: Array.from({ length: 2_000 }, (_, index) => event(index)),
      positions: [],
    })
    await log.close()
    const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
    const keys = await level.keys({ gte: Buffer.from('b'), lt: Buffer.from('c') }).all()
    await level.close()
    expect(keys).toHaveLength(1)
  })
})

function event(value: number): OutputRecord {
  const bytes = Buffer.from(`value ${value} of a record`)
  return { topic: 'events', partition: 1, key: null, value: bytes, timestamp: 1_650_000_000_000 + value }
}

/** Changes the bytes of one entry behind the log's back: a tag letter and the rest of the key in hex. */
async function patch(folder: string, name: string, change: (bytes: Uint8Array) => Uint8Array | null): Promise<void> {
  const key = Buffer.concat([Buffer.from(name[0]), Buffer.from(name.slice(1), 'hex')])
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  const bytes = await level.get(key)
  if (bytes === undefined) throw new Error(`there is no entry ${name}`)
  const changed = change(bytes)
  if (changed === null) await level.del(key)
  else await level.put(key, changed)
  await level.close()
}
