import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { lockFolder } from './lock-folder.ts'
import type { FingerprintSettings, Manifest } from './manifest.ts'
import { MANIFEST_FORMAT, MANIFEST_NAME, readManifest, writeManifest } from './manifest.ts'

const LOCK_NAME = 'lock'
/** What may lie in a folder that still counts as empty: leftovers of a first start cut short, and of a file system. */
const NOT_CONTENT: ReadonlySet<string> = new Set([LOCK_NAME, `${MANIFEST_NAME}.new`, 'lost+found'])

export interface DataFolderOptions {
  /** Version of the program, kept in the manifest of a new folder. */
  readonly createdBy: string
  /**
   * Settings on which the stored bytes depend: a folder made with others is refused. Null takes the folder as it is,
   * and then there must be one.
   */
  readonly settings: FingerprintSettings | null
}

/** An open data directory; nobody else has it until `close`, or until the process ends in whatever way. */
export interface DataFolder {
  readonly path: string
  readonly manifest: Manifest
  /** Folder of the embedded log. */
  readonly logFolder: string
  /** Folder of one partition's state store. */
  storeFolder(partition: number): string
  close(): Promise<void>
}

/**
 * Opens a data directory, which it creates when missing or empty. Throws LifecycleError `not-a-data-folder`,
 * `folder-in-use`, `newer-format`, `settings-changed`, `corrupt`, `unreadable-file`.
 */
export async function openDataFolder(path: string, options: DataFolderOptions): Promise<DataFolder> {
  if (options.settings !== null) await createFolder(path)
  await checkContent(path)
  const lock = await lockFolder(join(path, LOCK_NAME), path)
  try {
    const manifest = await claim(path, options)
    return {
      path,
      manifest,
      logFolder: join(path, 'log'),
      storeFolder: (partition) => join(path, 'store', `${partition}`),
      close: () => lock.release(),
    }
  } catch (error) {
    // The first error counts, not one of the release.
    await lock.release().catch(() => {})
    throw error
  }
}

async function claim(path: string, { createdBy, settings }: DataFolderOptions): Promise<Manifest> {
  const found = await readManifest(path)
  if (found === null) {
    if (settings === null) {
      throw new LifecycleError('not-a-data-folder', `Cannot open the data folder ${path}: there is none`)
    }
    const manifest: Manifest = { format: MANIFEST_FORMAT, createdBy, settings }
    await writeManifest(path, manifest)
    return manifest
  }
  if (settings !== null) checkSettings(path, found.settings, settings)
  return found
}

function checkSettings(path: string, stored: FingerprintSettings, wanted: FingerprintSettings): void {
  for (const name of new Set([...Object.keys(stored), ...Object.keys(wanted)])) {
    if (stored[name] === wanted[name]) continue
    throw new LifecycleError(
      'settings-changed',
      `Cannot open the data folder ${path}: it was made with ${name} = ${show(stored[name])} and the settings now say ` +
        `${show(wanted[name])}; use the old value or another folder`,
    )
  }
}

function show(value: string | number | boolean | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw folderError(path, error)
  }
}

/** Before the lock is taken, so that no file is left in a folder that is somebody else's. */
async function checkContent(path: string): Promise<void> {
  let names: readonly string[]
  try {
    names = await readdir(path)
  } catch (error) {
    throw folderError(path, error)
  }
  if (names.includes(MANIFEST_NAME)) return
  const foreign = names.find((name) => !NOT_CONTENT.has(name))
  if (foreign === undefined) return
  throw new LifecycleError(
    'not-a-data-folder',
    `Cannot open the data folder ${path}: it holds ${foreign} but no ${MANIFEST_NAME}; use an empty or a new folder`,
  )
}

function folderError(path: string, error: unknown): LifecycleError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') {
    return new LifecycleError('not-a-data-folder', `Cannot open the data folder ${path}: there is none`, {
      cause: error,
    })
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const state = 'it, or a folder above it, is a file'
    return new LifecycleError('not-a-data-folder', `Cannot open the data folder ${path}: ${state}`, { cause: error })
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new LifecycleError('unreadable-file', `Cannot open the data folder ${path}: ${reason}`, { cause: error })
}
