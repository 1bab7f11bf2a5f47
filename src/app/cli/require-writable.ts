import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Refuses a file that could not be written at the end of a long job. Makes nothing. Throws RangeError. */
export async function requireWritable(option: string, file: string): Promise<void> {
  const refuse = (state: string, cause?: unknown): never => {
    throw new RangeError(`Cannot use ${option} ${file}: ${state}`, { cause })
  }
  const folder = dirname(resolve(file))
  const folderStatus = await stat(folder).catch((error: unknown) => refuse(`there is no folder ${folder}`, error))
  if (!folderStatus.isDirectory()) refuse(`${folder} is no folder`)
  const status = await stat(file).catch(() => null)
  if (status?.isDirectory()) refuse('it is a folder')
  await access(status ? file : folder, constants.W_OK).catch((error: unknown) => refuse('it may not be written', error))
}
