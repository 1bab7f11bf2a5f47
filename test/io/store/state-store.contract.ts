import * as fc from '../../support/fast-check.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { StateStore, StoreEntry } from '../../../src/io/store/state-store.ts'

/** A store on fresh storage. */
export interface StoreFixture {
  readonly store: StateStore
  /** Closes the store and opens it again on the same storage; absent where nothing is durable. */
  readonly reopen?: () => Promise<StateStore>
}

/** Every implementation of the state store port passes this suite. */
export function stateStoreContract(
  name: string,
  open: () => Promise<StoreFixture>,
  { durable }: { durable: boolean },
): void {
  describe(`${name} as a state store`, () => {
    let fixture: StoreFixture

    const openStore = async (): Promise<StateStore> => {
      fixture = await open()
      return fixture.store
    }

    afterEach(async () => {
      await fixture?.store.close()
    })

    it('has no position and no entries before the first batch', async () => {
      const store = await openStore()
      expect(await store.position()).toBeNull()
      expect(await store.get(Buffer.from('a'))).toBeNull()
      expect(await store.range(Buffer.alloc(0), Buffer.from([0xff]), 10)).toEqual([])
    })

    it('moves values and position together', async () => {
      const store = await openStore()
      await store.apply({ entries: [put('a', '1'), put('b', '2')], position: at(5, 2 ** 40) })
      await store.apply({ entries: [put('a', '3'), drop('b'), drop('never')], position: at(6) })
      expect(await textOf(store, 'a')).toBe('3')
      expect(await textOf(store, 'b')).toBeNull()
      expect(await store.position()).toEqual(at(6))
    })

    it('lets the later entry of a batch win when a key comes twice', async () => {
      const store = await openStore()
      await store.apply({ entries: [put('a', '1'), drop('a'), put('b', '1'), put('b', '2')], position: at(1) })
      expect(await textOf(store, 'a')).toBeNull()
      expect(await textOf(store, 'b')).toBe('2')
    })

    it('gives the values of many keys in the order of the keys', async () => {
      const store = await openStore()
      await store.apply({ entries: [put('a', '1'), put('b', '2')], position: at(1) })
      const values = await store.getMany([Buffer.from('b'), Buffer.from('x'), Buffer.from('a'), Buffer.from('b')])
      expect(values.map((value) => value && Buffer.from(value).toString())).toEqual(['2', null, '1', '2'])
      expect(await store.getMany([])).toEqual([])
    })

    it('ranges over keys in byte order, the end left out, up to the limit', async () => {
      const store = await openStore()
      const keys = [[0], [0, 0], [1], [1, 0xff], [0x7f], [0x80], [0xff], [0xff, 0xff]].map((bytes) =>
        Buffer.from(bytes),
      )
      const entries = [...keys].reverse().map((key) => ({ key, value: Buffer.concat([Buffer.from('v'), key]) }))
      await store.apply({ entries, position: at(1) })
      const all = await store.range(Buffer.alloc(0), Buffer.from([0xff, 0xff, 0]), 100)
      expect(all.map(({ key }) => Buffer.from(key))).toEqual(keys)
      expect(all.every(({ key, value }) => Buffer.from(value).subarray(1).equals(key))).toBe(true)
      const some = await store.range(keys[1], keys[5], 100)
      expect(some.map(({ key }) => Buffer.from(key))).toEqual(keys.slice(1, 5))
      expect(await store.range(keys[1], keys[5], 2)).toHaveLength(2)
      expect(await store.range(keys[5], keys[1], 10)).toEqual([])
    })

    it('never shows its own position as an entry', async () => {
      const store = await openStore()
      await store.apply({ entries: [], position: at(3) })
      expect(await store.range(Buffer.alloc(0), Buffer.alloc(8, 0xff), 10)).toEqual([])
      for (const key of [Buffer.alloc(0), Buffer.from([0]), Buffer.from([1])]) expect(await store.get(key)).toBeNull()
    })

    it('holds an empty key and an empty value', async () => {
      const store = await openStore()
      await store.apply({ entries: [put('', ''), put('a', '')], position: at(1) })
      expect(await textOf(store, '')).toBe('')
      expect(await textOf(store, 'a')).toBe('')
      await store.apply({ entries: [drop('')], position: at(2) })
      expect(await textOf(store, '')).toBeNull()
    })

    it('keeps the bytes of the moment of the call when the caller reuses its buffers', async () => {
      const store = await openStore()
      const entry = { key: Buffer.from('key'), value: Buffer.from('value') }
      const applied = store.apply({ entries: [entry], position: at(1) })
      entry.key.fill(0)
      entry.value.fill(0)
      await applied
      expect(await textOf(store, 'key')).toBe('value')
    })

    it('applies concurrent batches in the order of the calls', async () => {
      const store = await openStore()
      const batches = Array.from({ length: 50 }, (_, index) => ({
        entries: [put('a', `${index}`)],
        position: at(index),
      }))
      await Promise.all(batches.map((batch) => store.apply(batch)))
      expect(await textOf(store, 'a')).toBe('49')
      expect(await store.position()).toEqual(at(49))
    })

    it('refuses a position that is none and changes nothing', async () => {
      const store = await openStore()
      const bad = store.apply({ entries: [put('a', '1')], position: { nextOffset: -1, changelogOffset: 0 } })
      await expect(bad).rejects.toThrow(RangeError)
      const broken = store.apply({ entries: [], position: { nextOffset: 0, changelogOffset: 0.5 } })
      await expect(broken).rejects.toThrow(RangeError)
      expect(await textOf(store, 'a')).toBeNull()
      expect(await store.position()).toBeNull()
    })

    it('is as new after clear, and takes batches again', async () => {
      const store = await openStore()
      await store.apply({ entries: [put('a', '1'), put('b', '2')], position: at(5) })
      await store.clear()
      expect(await store.position()).toBeNull()
      expect(await store.range(Buffer.alloc(0), Buffer.from([0xff]), 10)).toEqual([])
      await store.apply({ entries: [put('b', '3')], position: at(1) })
      expect(await textOf(store, 'b')).toBe('3')
    })

    it('agrees with a sorted map, whatever is applied', async () => {
      const store = await openStore()
      const expected = new Map<string, string>()
      const key = fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes))
      const entry = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 })) })
      await fc.assert(
        fc.asyncProperty(fc.array(entry, { maxLength: 12 }), key, key, async (entries, from, to) => {
          await store.apply({ entries, position: at(1) })
          for (const { key, value } of entries) {
            if (value === null) expected.delete(hex(key))
            else expected.set(hex(key), hex(value))
          }
          const inside = [...expected].filter(([name]) => name >= hex(from) && name < hex(to)).sort(byFirst)
          const found = await store.range(from, to, 1_000)
          expect(found.map(({ key, value }) => [hex(key), hex(value)])).toEqual(inside)
        }),
        { numRuns: 150 },
      )
    })

    it('refuses every operation after close and may be closed twice', async () => {
      const store = await openStore()
      await store.close()
      await store.close()
      const closed = { code: 'closed' }
      await expect(store.position()).rejects.toMatchObject(closed)
      await expect(store.get(Buffer.from('a'))).rejects.toMatchObject(closed)
      await expect(store.getMany([])).rejects.toMatchObject(closed)
      await expect(store.range(Buffer.from('a'), Buffer.from('b'), 1)).rejects.toMatchObject(closed)
      await expect(store.apply({ entries: [], position: at(1) })).rejects.toMatchObject(closed)
      await expect(store.clear()).rejects.toMatchObject(closed)
    })

    const whereDurable = durable ? it : () => {}
    whereDurable('finds entries and position as they were after it was reopened', async () => {
      let store = await openStore()
      await store.apply({ entries: [put('a', '1'), put('b', '2')], position: at(5, 9) })
      await store.apply({ entries: [drop('a')], position: at(6, 10) })
      store = await fixture.reopen!()
      expect(await textOf(store, 'a')).toBeNull()
      expect(await textOf(store, 'b')).toBe('2')
      expect(await store.position()).toEqual(at(6, 10))
      await store.close()
    })
  })
}

function at(nextOffset: number, changelogOffset = nextOffset): { nextOffset: number; changelogOffset: number } {
  return { nextOffset, changelogOffset }
}

function put(key: string, value: string): StoreEntry {
  return { key: Buffer.from(key), value: Buffer.from(value) }
}

function drop(key: string): StoreEntry {
  return { key: Buffer.from(key), value: null }
}

async function textOf(store: StateStore, key: string): Promise<string | null> {
  const value = await store.get(Buffer.from(key))
  return value === null ? null : Buffer.from(value).toString()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function byFirst(left: readonly [string, string], right: readonly [string, string]): number {
  return left[0] < right[0] ? -1 : 1
}
