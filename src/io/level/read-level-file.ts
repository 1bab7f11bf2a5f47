import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { readJournal } from './read-journal.ts'
import { readTable, type StoredEntry } from './read-table.ts'
import { readVarint } from './read-varint.ts'

/** u64 sequence number, u32 count. */
const BATCH_HEADER_BYTES = 12
const PUT = 1

const EMPTY = Buffer.alloc(0)

/** What a file of a LevelDB folder holds: entries, whether they are still valid or not, or pieces without a form. */
export interface LevelFile {
  readonly entries: Iterable<StoredEntry>
  readonly pieces: Iterable<Buffer>
}

/** Reads a file as it lies, without opening its database. Null where it is gone since. */
export async function readLevelFile(path: string): Promise<LevelFile | null> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (bytes === null) return null
  const name = basename(path)
  if (/^\d+\.(ldb|sst)$/.test(name)) return { entries: readTable(bytes), pieces: [] }
  if (/^\d+\.log$/.test(name)) return { entries: writesOf(bytes), pieces: [] }
  if (/^MANIFEST-\d+$/.test(name)) return { entries: [], pieces: readJournal(bytes) }
  return { entries: [], pieces: [bytes] }
}

/** Entries of the write batches in a journal. */
function* writesOf(bytes: Buffer): Generator<StoredEntry, void, undefined> {
  for (const batch of readJournal(bytes)) {
    const cursor = { at: BATCH_HEADER_BYTES }
    while (cursor.at < batch.length) {
      const isPut = batch[cursor.at++] === PUT
      const key = take(batch, cursor)
      yield { key, value: isPut ? take(batch, cursor) : EMPTY }
    }
  }
}

function take(batch: Buffer, cursor: { at: number }): Buffer {
  const length = readVarint(batch, cursor)
  const from = cursor.at
  cursor.at += length
  return batch.subarray(from, cursor.at)
}
