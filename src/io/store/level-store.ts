import { rename, rm } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { levelFailure } from '../level/level-failure.ts'
import { type Level, type LevelOptions, openLevel } from '../level/open-level.ts'
import { UsageGate } from '../level/usage-gate.ts'
import { checkBatch } from './check-batch.ts'
import { closedError } from './closed-error.ts'
import type { StateStore, StoreBatch, StorePosition } from './state-store.ts'
import { foldersOfPurge } from './undo-cut-purges.ts'

/** Keys of entries begin with this byte, so that the position's key cannot be one of them. */
const ENTRY_TAG = 1
const POSITION_KEY = Buffer.from([0])
/** 2: values end with a checksum. */
const FORMAT_VERSION = 2
/** u8 format version, u64 next offset, u64 changelog offset; big-endian. A checksum follows, as after every value. */
const POSITION_BYTES = 17
const CHECKSUM_BYTES = 4
const MIB = 1024 * 1024
/** Entries that a purge copies in one write. */
const COPIED_ENTRIES = 5000

export interface LevelStoreOptions {
  /**
   * False (default): a batch outlives a crash or kill -9 of the process, not a power cut; what a power cut takes away
   * comes back from the changelog. True: an fsync per batch.
   */
  readonly sync?: boolean
  /** LevelDB's write buffer; up to two of them are in memory. Default 8 MiB. */
  readonly writeBufferBytes?: number
  /** LevelDB's cache of uncompressed blocks. Default 16 MiB. */
  readonly cacheBytes?: number
}

/**
 * Opens the store of one partition in a folder of its own, which it creates when missing. Throws LifecycleError
 * `folder-in-use`, `newer-format`, `older-format`, `corrupt`, `unreadable-file`.
 */
export async function openLevelStore(folder: string, options: LevelStoreOptions = {}): Promise<StateStore> {
  const levelOptions: LevelOptions = {
    writeBufferSize: options.writeBufferBytes ?? 8 * MIB,
    cacheSize: options.cacheBytes ?? 16 * MIB,
  }
  const level = await openLevel('the state store', folder, levelOptions)
  try {
    const store = new LevelStore(level, folder, levelOptions, options.sync ?? false)
    // Entries without a position are what a clear left behind when the process died in it.
    if ((await store.position()) === null) await level.clear()
    return store
  } catch (error) {
    await level.close().catch(() => {})
    throw levelFailure(`open the state store in ${folder}`, error)
  }
}

/** Writes run one after the other in the order of the calls; reads run at any time. */
class LevelStore implements StateStore {
  #level: Level
  readonly #folder: string
  readonly #levelOptions: LevelOptions
  readonly #sync: boolean
  readonly #gate = new UsageGate()
  #lastWrite: Promise<void> = Promise.resolve()
  #purging: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(level: Level, folder: string, levelOptions: LevelOptions, sync: boolean) {
    this.#level = level
    this.#folder = folder
    this.#levelOptions = levelOptions
    this.#sync = sync
  }

  position(): Promise<StorePosition | null> {
    return this.#read('read the position of', async () => {
      const bytes = await this.#level.get(POSITION_KEY)
      return bytes === undefined ? null : decodePosition(bytes, this.#folder)
    })
  }

  /**
   * In place: a single value mostly comes from a cache, in less time than the way to another thread
   * and back takes. Who wants many takes `getMany`, which lets others go on meanwhile.
   */
  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#read('read', async () => checkedValue(key, this.#level.getSync(entryKey(key))))
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#read('read', async () => {
      const values = await this.#level.getMany(keys.map(entryKey))
      return values.map((value, i) => checkedValue(keys[i], value))
    })
  }

  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    return this.#read('read', async () => {
      const bounds = { gte: entryKey(from), lt: entryKey(to), limit }
      const entries = await this.#level.iterator({ ...bounds, highWaterMarkBytes: MIB }).all()
      return entries.map(([tagged, stored]) => {
        const key = tagged.subarray(1)
        return { key, value: checkedValue(key, stored)! }
      })
    })
  }

  async apply(batch: StoreBatch): Promise<void> {
    if (this.#closing !== null) throw closedError('write to')
    checkBatch(batch)
    const { position } = batch
    let { entries } = batch
    if (this.#purging !== null) {
      entries = entries.map(({ key, value }) => ({ key: Uint8Array.from(key), value: value && Uint8Array.from(value) }))
      await this.#purging
    }
    // A chained batch copies the bytes now, so that the caller may reuse its buffers at once.
    const writes = this.#level.batch()
    for (const { key, value } of entries) {
      if (value === null) writes.del(entryKey(key))
      else writes.put(entryKey(key), storedValue(key, value))
    }
    writes.put(POSITION_KEY, encodePosition(position))
    await this.#write('write to', () => writes.write({ sync: this.#sync }))
  }

  async clear(): Promise<void> {
    if (this.#closing !== null) throw closedError('clear')
    await this.#write('clear', async () => {
      // The position goes first: should the process die in between, the next open takes the rest away.
      await this.#level.del(POSITION_KEY)
      await this.#level.clear()
    })
  }

  /**
   * Copies what there is into a new folder, which takes the place of this one. To merge the tables would not do: LevelDB's
   * manifest goes on naming keys at which it once stopped. A process that dies in between leaves folders that
   * `undoCutPurges` sees to.
   */
  async purge(): Promise<void> {
    if (this.#closing !== null) throw closedError('purge')
    const purged = this.#write('purge', () =>
      this.#gate.alone(async () => {
        const { fresh, old } = foldersOfPurge(this.#folder)
        for (const path of [fresh, old]) await rm(path, { recursive: true, force: true })
        await this.#copyTo(fresh)
        await this.#level.close()
        await rename(this.#folder, old)
        await rename(fresh, this.#folder)
        this.#level = await openLevel('the state store', this.#folder, this.#levelOptions)
        await rm(old, { recursive: true, force: true })
      }),
    )
    this.#purging = purged.catch(() => {})
    try {
      await purged
    } finally {
      this.#purging = null
    }
  }

  memoryBytes(): number {
    return this.#level.status === 'open' ? Number(this.#level.getProperty('leveldb.approximate-memory-usage')) : 0
  }

  /** The position goes last, and onto the disk: a copy that is cut short has none, and is not taken for a store. */
  async #copyTo(folder: string): Promise<void> {
    const fresh = await openLevel('the state store', folder, this.#levelOptions)
    try {
      let batch = fresh.batch()
      for await (const [key, value] of this.#level.iterator({ gt: POSITION_KEY, highWaterMarkBytes: MIB })) {
        batch.put(key, value)
        if (batch.length < COPIED_ENTRIES) continue
        await batch.write()
        batch = fresh.batch()
      }
      await batch.write()
      const position = await this.#level.get(POSITION_KEY)
      if (position !== undefined) await fresh.put(POSITION_KEY, position, { sync: true })
    } finally {
      await fresh.close()
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#lastWrite.then(() => this.#level.close())
    await this.#closing
  }

  async #read<T>(action: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw closedError(action)
    try {
      return await this.#gate.use(work)
    } catch (error) {
      // A read that a close overtakes reports the close.
      throw this.#closing === null ? levelFailure(`${action} the state store`, error) : closedError(action)
    }
  }

  /** Runs after every earlier write, whether those succeeded or not. */
  async #write(action: string, work: () => Promise<void>): Promise<void> {
    const written = this.#lastWrite.then(work)
    this.#lastWrite = written.catch(() => {})
    try {
      await written
    } catch (error) {
      throw levelFailure(`${action} the state store`, error)
    }
  }
}

function entryKey(key: Uint8Array): Uint8Array {
  const tagged = Buffer.allocUnsafe(key.length + 1)
  tagged[0] = ENTRY_TAG
  tagged.set(key, 1)
  return tagged
}

/**
 * The value and a CRC-32 of key and value: LevelDB reads its tables without looking at the checksums of their blocks. An
 * empty value, as all timers have, stays empty.
 */
function storedValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  if (value.length === 0) return value
  const stored = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  stored.set(value)
  stored.writeUInt32BE(crc32(value, crc32(key)), value.length)
  return stored
}

function checkedValue(key: Uint8Array, stored: Uint8Array | undefined): Uint8Array | null {
  if (stored === undefined) return null
  if (stored.length === 0) return stored
  const value = stored.subarray(0, -CHECKSUM_BYTES)
  const { buffer, byteOffset, byteLength } = stored
  const isGood =
    byteLength >= CHECKSUM_BYTES &&
    new DataView(buffer, byteOffset, byteLength).getUint32(value.length) === crc32(value, crc32(key))
  if (isGood) return value
  throw new LifecycleError('corrupt', `Cannot read the state store: a value of ${byteLength} bytes is damaged`)
}

function encodePosition({ nextOffset, changelogOffset }: StorePosition): Uint8Array {
  const bytes = Buffer.allocUnsafe(POSITION_BYTES)
  bytes[0] = FORMAT_VERSION
  bytes.writeBigUInt64BE(BigInt(nextOffset), 1)
  bytes.writeBigUInt64BE(BigInt(changelogOffset), 9)
  return storedValue(POSITION_KEY, bytes)
}

function decodePosition(bytes: Uint8Array, folder: string): StorePosition {
  if (bytes[0] > FORMAT_VERSION) {
    throw new LifecycleError(
      'newer-format',
      `Cannot open the state store in ${folder}: its format is ${bytes[0]} and this program reads up to ${FORMAT_VERSION}`,
    )
  }
  if (bytes[0] < FORMAT_VERSION) {
    throw new LifecycleError(
      'older-format',
      `Cannot open the state store in ${folder}: its format is ${bytes[0]} and this program reads ${FORMAT_VERSION}`,
    )
  }
  const value = checkedValue(POSITION_KEY, bytes)!
  if (value.length !== POSITION_BYTES) {
    const state = `its position has ${value.length} bytes and should have ${POSITION_BYTES}`
    throw new LifecycleError('corrupt', `Cannot open the state store in ${folder}: ${state}`)
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  return { nextOffset: Number(view.getBigUint64(1)), changelogOffset: Number(view.getBigUint64(9)) }
}
