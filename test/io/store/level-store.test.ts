import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { describe, expect, it } from 'vitest'
import { openLevelStore } from '../../../src/io/store/level-store.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { stateStoreContract } from './state-store.contract.ts'

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
    await patchPosition(folder, null)
    const reopened = await openLevelStore(folder)
    expect(await reopened.position()).toBeNull()
    expect(await reopened.get(entry.key)).toBeNull()
    await reopened.close()
  })

  it('refuses a newer format and a position that is cut short', async () => {
    const folder = await temporaryFolder()
    await (await openLevelStore(folder)).close()
    await patchPosition(folder, Buffer.alloc(17, 2))
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'newer-format' })
    await patchPosition(folder, Buffer.alloc(3, 1))
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })
})

/** Changes the bytes of the position behind the store's back. */
async function patchPosition(folder: string, value: Uint8Array | null): Promise<void> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  if (value === null) await level.del(Buffer.from([0]))
  else await level.put(Buffer.from([0]), value)
  await level.close()
}
