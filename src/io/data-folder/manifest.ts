import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

export const MANIFEST_NAME = 'stan-lifecycle.json'
/** Grows when the layout of a data folder changes. */
export const MANIFEST_FORMAT = 1

export type FingerprintSettings = Readonly<Record<string, string | number | boolean>>

/** What makes a folder a data folder. */
export interface Manifest {
  readonly format: number
  /** Version of the program that made the folder. */
  readonly createdBy: string
  readonly settings: FingerprintSettings
}

/** Null when there is none. Throws `corrupt`, `newer-format`, `unreadable-file`. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  let text: string
  try {
    text = await readFile(join(folder, MANIFEST_NAME), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw manifestError('unreadable-file', folder, error instanceof Error ? error.message : String(error), error)
  }
  const found = parse(folder, text)
  if (!isRecord(found) || typeof found.format !== 'number') {
    throw manifestError('corrupt', folder, 'it is not the manifest of a data folder')
  }
  if (found.format > MANIFEST_FORMAT) {
    const state = `its format is ${found.format} and this program reads up to ${MANIFEST_FORMAT}`
    throw manifestError('newer-format', folder, state)
  }
  if (typeof found.createdBy !== 'string' || !isSettings(found.settings)) {
    throw manifestError('corrupt', folder, 'createdBy or settings are missing or of a wrong type')
  }
  return { format: found.format, createdBy: found.createdBy, settings: found.settings }
}

/** All or nothing, also at a power cut: a new file, on the disk, then its name, on the disk. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, MANIFEST_NAME)
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

/** Where a folder cannot be opened as a file (Windows), the rename is as durable as the system makes it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function parse(folder: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw manifestError('corrupt', folder, 'it is not JSON', error)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSettings(value: unknown): value is FingerprintSettings {
  return isRecord(value) && Object.values(value).every((item) => ['string', 'number', 'boolean'].includes(typeof item))
}

function manifestError(
  code: 'corrupt' | 'newer-format' | 'unreadable-file',
  folder: string,
  state: string,
  cause?: unknown,
): LifecycleError {
  return new LifecycleError(code, `Cannot read ${join(folder, MANIFEST_NAME)}: ${state}`, { cause })
}
