import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { crc32c } from '../crc32c.ts'

const BLOCK_BYTES = 32_768
/** u32 masked checksum, u16 length of the data, u8 type; little-endian. */
const HEADER_BYTES = 7
const FULL = 1
const FIRST = 2
const MIDDLE = 3
const LAST = 4
const MASK_DELTA = 0xa282ead8

/**
 * Throws LifecycleError `corrupt` when a LevelDB folder's journals are damaged before their end. LevelDB opens such a
 * folder without a word, and leaves out the batches around the damage. A journal may end anywhere, as it does when its
 * process dies: what is replayed then is all there was up to some moment. Format: doc/log_format.md of LevelDB.
 */
export async function checkJournals(folder: string): Promise<void> {
  /** Where the first part begins that is not as it was written. Nothing that is may come behind it. */
  let gap: string | null = null
  const refuse = (where: string): never => {
    throw new LifecycleError('corrupt', `Cannot open ${folder}: ${where} is damaged, and more follows`)
  }
  for (const name of await journalsOf(folder)) {
    const bytes = await readIfThere(join(folder, name))
    let isWithinRecord = false
    for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
      const end = Math.min(block + BLOCK_BYTES, bytes.length)
      let at = block
      while (end - at >= HEADER_BYTES) {
        const type = typeOfPart(bytes, at, end)
        if (type === null) break
        const isNext = isWithinRecord === (type === MIDDLE || type === LAST)
        if (gap !== null || !isNext) refuse(gap ?? `${name} before byte ${at}`)
        isWithinRecord = type === FIRST || type === MIDDLE
        at += HEADER_BYTES + bytes.readUInt16LE(at + 4)
      }
      // Less than a header is left at the end of a full block, and skipped.
      const isWhole = end - at < HEADER_BYTES && (end - block === BLOCK_BYTES || at === end)
      if (isWhole) continue
      gap ??= `${name} at byte ${at}`
      isWithinRecord = false
      if (hasPartBehind(bytes, at, end)) refuse(gap)
    }
    if (isWithinRecord) gap ??= `the end of ${name}`
  }
}

/** From the oldest to the newest: the order of LevelDB's replay. */
async function journalsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(ifMissing<string[]>([]))
  const number = (name: string): number => Number.parseInt(name, 10)
  return names.filter((name) => /^\d+\.log$/.test(name)).sort((a, b) => number(a) - number(b))
}

/** A journal may have gone since: another process, which holds the folder, is done with it. */
function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch(ifMissing(Buffer.alloc(0)))
}

function ifMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead
    throw error
  }
}

/** Type of the part of a record at `at`; null when it is cut short, or its bytes are not those that were written. */
function typeOfPart(bytes: Buffer, at: number, end: number): number | null {
  const to = at + HEADER_BYTES + bytes.readUInt16LE(at + 4)
  const type = bytes[at + 6]
  if (to > end || type < FULL || type > LAST) return null
  return bytes.readUInt32LE(at) === masked(crc32c(bytes.subarray(at + 6, to))) ? type : null
}

/** The length of a damaged part may be wrong, so that the next one begins anywhere. */
function hasPartBehind(bytes: Buffer, at: number, end: number): boolean {
  for (let next = at + 1; next + HEADER_BYTES <= end; next++) {
    if (typeOfPart(bytes, next, end) !== null) return true
  }
  return false
}

/** LevelDB turns its checksums, so that the checksum of bytes that hold one is still a good one. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}
