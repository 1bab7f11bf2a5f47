import { join } from 'node:path'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openLevel } from '../../../src/io/level/open-level.ts'
import { openLevelStore } from '../../../src/io/store/level-store.ts'
import { undoCutPurges } from '../../../src/io/store/undo-cut-purges.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { stateStoreContract } from './state-store.contract.ts'

const POSITION_KEY = Buffer.from([0])

stateStoreContract(
  'level store',
  async () => {
    const folder = join(await temporaryFolder(), 'store', '0')
    const store = await openLevelStore(folder)
    return {
      store,
      reopen: async () => {
        await store.close()
        return openLevelStore(folder)
      },
    }
  },
  { durable: true },
)

stateStoreContract(
  'level store, synced',
  async () => {
    const store = await openLevelStore(await temporaryFolder(), { sync: true })
    return { store }
  },
  { durable: false },
)

describe('level store', () => {
  it('refuses a folder that another store holds open', async () => {
    const folder = await temporaryFolder()
    const store = await openLevelStore(folder)
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'folder-in-use' })
    await store.close()
  })

  it('finishes a clear that the end of the process cut short', async () => {
    const folder = await temporaryFolder()
    const store = await openLevelStore(folder)
    const entry = { key: Buffer.from('a'), value: Buffer.from('1') }
    await store.apply({ entries: [entry], position: { nextOffset: 1, changelogOffset: 1 } })
    await store.close()
    await patch(folder, POSITION_KEY, null)
    const reopened = await openLevelStore(folder)
    expect(await reopened.position()).toBeNull()
    expect(await reopened.get(entry.key)).toBeNull()
    await reopened.close()
  })

  it.each([
    ['a newer format', Buffer.alloc(21, 3), 'newer-format'],
    ['an older format', Buffer.alloc(17, 1), 'older-format'],
    ['a position that is cut short', Buffer.alloc(3, 2), 'corrupt'],
    ['a position with a wrong byte', Buffer.alloc(21, 2), 'corrupt'],
  ])('refuses %s', async (_, position, code) => {
    const folder = await temporaryFolder()
    await (await openLevelStore(folder)).close()
    await patch(folder, POSITION_KEY, position)
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code })
  })

  it('refuses a value with a wrong byte, and one of another key', async () => {
    const folder = await temporaryFolder()
    const keys = ['a', 'b', 'c'].map((name) => Buffer.from(name))
    const store = await openLevelStore(folder)
    await store.apply({
      entries: keys.map((key) => ({ key, value: Buffer.concat([Buffer.from('value of '), key]) })),
      position: { nextOffset: 1, changelogOffset: 1 },
    })
    await store.close()
    const [first, , third] = keys.map((key) => Buffer.concat([Buffer.from([1]), key]))
    const stored = (await patch(folder, third, null))!
    await patch(folder, first, stored)
    stored[2] ^= 1
    await patch(folder, third, stored)
    const reopened = await openLevelStore(folder)
    await expect(reopened.get(keys[0])).rejects.toMatchObject({ code: 'corrupt' })
    await expect(reopened.getMany(keys)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(reopened.range(keys[1], Buffer.from('z'), 9)).rejects.toMatchObject({ code: 'corrupt' })
    expect(Buffer.from((await reopened.get(keys[1]))!).toString()).toBe('value of b')
    await reopened.close()
  })

  it('refuses a journal that is damaged before its end', async () => {
    const folder = await temporaryFolder()
    const store = await openLevelStore(folder)
    for (let i = 1; i <= 3; i++) {
      const entries = [{ key: Buffer.from([i]), value: Buffer.alloc(100, i) }]
      await store.apply({ entries, position: { nextOffset: i, changelogOffset: i } })
    }
    await store.close()
    const [name] = (await readdir(folder)).filter((file) => file.endsWith('.log'))
    const bytes = await readFile(join(folder, name))
    bytes[50] ^= 1
    await writeFile(join(folder, name), bytes)
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })
})

/** Changes what is stored under a key behind the store's back; returns what was there. */
async function patch(folder: string, key: Uint8Array, value: Uint8Array | null): Promise<Uint8Array | undefined> {
  const level = await openLevel('the store', folder, { writeBufferSize: 1 << 20 })
  const before = await level.get(key)
  if (value === null) await level.del(key)
  else await level.put(key, value)
  await level.close()
  return before
}

describe('a purge of the level store', () => {
  const position = { nextOffset: 5, changelogOffset: 7 }
  const entry = (key: string, value: string | null) => ({
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  })

  async function holds(folder: string, text: string): Promise<boolean> {
    const names = await readdir(folder)
    const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))
    return files.some((bytes) => bytes.includes(text))
  }

  it('takes deleted bytes off the disk, and what is read and written meanwhile waits for it', async () => {
    const parent = await temporaryFolder()
    const folder = join(parent, 'store')
    const store = await openLevelStore(folder)
    await store.apply({
      entries: [entry('secret-user', 'x'), entry('stays', 'y'), entry('zzz-secret-user', 'x')],
      position,
    })
    await store.apply({ entries: [entry('secret-user', null), entry('zzz-secret-user', null)], position })
    expect(await holds(folder, 'secret-user')).toBe(true)
    const purged = store.purge!()
    const [read] = await Promise.all([
      store.get(Buffer.from('stays')),
      store.apply({ entries: [entry('new', 'z')], position }),
    ])
    await purged
    expect(Buffer.from(read!).toString()).toBe('y')
    expect(await holds(folder, 'secret-user')).toBe(false)
    expect(await readdir(parent)).toEqual(['store'])
    await store.close()

    const again = await openLevelStore(folder)
    expect(await again.position()).toEqual(position)
    const held = await again.getMany(['stays', 'new', 'secret-user'].map((key) => Buffer.from(key)))
    expect(held.map((value) => value && Buffer.from(value).toString())).toEqual(['y', 'z', null])
    await again.close()
  })

  it('that was cut short is done with by the next one', async () => {
    const parent = await temporaryFolder()
    const folder = join(parent, 'store')
    const store = await openLevelStore(folder)
    await store.apply({ entries: [entry('stays', 'y')], position })
    for (const left of ['store.rewriting', 'store.old']) {
      await mkdir(join(parent, left))
      await writeFile(join(parent, left, '000003.log'), 'secret-user')
    }
    await store.purge!()
    expect(await readdir(parent)).toEqual(['store'])
    await store.close()
  })

  it.each([
    ['while it copied', ['store', 'store.rewriting'], 'store'],
    ['before the copy took the place', ['store.rewriting', 'store.old'], 'store.old'],
    ['before the old one went', ['store', 'store.old'], 'store'],
  ])('that was cut short %s is undone before anybody opens the store', async (_, left, whole) => {
    const parent = await temporaryFolder()
    for (const name of left) await mkdir(join(parent, name))
    await writeFile(join(parent, whole, 'whole'), '')
    await undoCutPurges(parent)
    expect(await readdir(parent)).toEqual(['store'])
    expect(await readdir(join(parent, 'store'))).toEqual(['whole'])
  })
})
