import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import { checkJournals } from '../../../src/io/level/check-journals.ts'
import { openLevel } from '../../../src/io/level/open-level.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const OPTIONS = { writeBufferSize: 8 << 20 }
/** Larger than a block of the journal now and then, so that records come in parts. */
const SIZES = [10, 300, 40_000, 5, 90_000, 1_000, 32_761, 32_740, 20]

/** A folder whose journal holds a batch of each size, as LevelDB itself wrote it. */
async function journal(): Promise<{ folder: string; path: string; bytes: Buffer }> {
  const folder = join(await temporaryFolder(), 'level')
  const level = await openLevel('a store', folder, OPTIONS)
  for (const [i, size] of SIZES.entries()) await level.put(Buffer.from([i]), Buffer.alloc(size, i + 1))
  await level.close()
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.log'))
  const path = join(folder, name)
  return { folder, path, bytes: await readFile(path) }
}

/** Which of the batches LevelDB finds when it opens the folder. */
async function replayed(folder: string): Promise<boolean[]> {
  const level = await openLevel('a store', folder, OPTIONS)
  const values = await level.getMany(SIZES.map((_, i) => Buffer.from([i])))
  await level.close()
  return values.map((value, i) => value !== undefined && Buffer.compare(value, Buffer.alloc(SIZES[i], i + 1)) === 0)
}

const isPrefix = (found: readonly boolean[]): boolean => !found.join().includes('false,true')

const isCorrupt = (error: unknown): boolean => error instanceof LifecycleError && error.code === 'corrupt'

describe('journals', () => {
  test('that are whole, empty or missing pass', async () => {
    const { folder } = await journal()
    await checkJournals(folder)
    await writeFile(join(folder, '999999.log'), '')
    await checkJournals(folder)
    expect(await replayed(folder)).toEqual(SIZES.map(() => true))
    await checkJournals(join(folder, 'nowhere'))
  })

  test('may end anywhere: then the first batches are there', async () => {
    const { bytes } = await journal()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const { folder, path } = await journal()
        await truncate(path, length)
        await checkJournals(folder)
        expect(isPrefix(await replayed(folder))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('with wrong bytes pass only where LevelDB replays the first batches and no more', async () => {
    const { bytes } = await journal()
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 16 }), async (at, wrong) => {
        const { folder, path } = await journal()
        const damaged = Buffer.from(bytes)
        damaged.set(wrong.subarray(0, damaged.length - at), at)
        await writeFile(path, damaged)
        const isRefused = await checkJournals(folder).then(() => false, isCorrupt)
        if (isRefused) refused++
        expect(isRefused || isPrefix(await replayed(folder))).toBe(true)
      }),
      { numRuns: 60 },
    )
    expect(refused).toBeGreaterThan(30)
  })

  test('whose damaged batch has more behind it do not pass, though LevelDB drops all of the block', async () => {
    const { folder, path, bytes } = await journal()
    bytes[10] ^= 1
    await writeFile(path, bytes.subarray(0, 1000))
    await expect(checkJournals(folder)).rejects.toThrow(/\d+\.log at byte 0 is damaged, and more follows/)
  })

  test('of which an older one is cut short pass only when the newer one is empty', async () => {
    const { path, bytes } = await journal()
    const folder = join(await temporaryFolder(), 'two')
    await mkdir(folder)
    await writeFile(join(folder, '000003.log'), bytes.subarray(0, -1))
    await writeFile(join(folder, '000010.log'), '')
    await checkJournals(folder)
    await writeFile(join(folder, '000010.log'), await readFile(path))
    await expect(checkJournals(folder)).rejects.toThrow(/000003\.log at byte \d+ is damaged, and more follows/)
  })
})
