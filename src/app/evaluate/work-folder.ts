import { createHash } from 'node:crypto'
import { access, constants, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf } from '../cli/json-of.ts'

/** What an evaluation keeps, so that an interrupted one goes on: examples and finished runs, by the hash of what made them. */
export class WorkFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Makes the folder where there is none. Throws RangeError where it cannot be read or written. */
  static async open(path: string): Promise<WorkFolder> {
    try {
      await mkdir(join(path, 'runs'), { recursive: true })
      for (const folder of [path, join(path, 'runs')]) {
        await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
        await readdir(folder)
      }
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      const state =
        code === 'EEXIST' || code === 'ENOTDIR' ? 'it, or a folder above it, is a file' : message.split('\n')[0]
      throw new RangeError(`Cannot use --work ${path}: ${state}`, { cause })
    }
    return new WorkFolder(path)
  }

  examplesPath(key: string): string {
    return join(this.path, `examples-${key}.bin`)
  }

  /** A kept result, or null where there is none that can be read. */
  async read<T>(key: string): Promise<T | null> {
    try {
      return JSON.parse(await readFile(this.pathOf(key), 'utf8'), (_name, held: unknown) =>
        held === null ? Number.NaN : held,
      ) as T
    } catch {
      return null
    }
  }

  /** Numbers that JSON lacks come back as NaN. The file appears when it is complete. */
  async write(key: string, value: unknown): Promise<void> {
    const path = this.pathOf(key)
    await writeFile(`${path}.part`, jsonOf(value))
    await rename(`${path}.part`, path)
  }

  private pathOf(key: string): string {
    return join(this.path, 'runs', `${key}.json`)
  }
}

/** Hash of anything that JSON can hold. */
export function keyOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24)
}
