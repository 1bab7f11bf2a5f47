import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { RawLine } from './line-splitter.ts'
import { LineSplitter } from './line-splitter.ts'
import { readBytes } from './read-bytes.ts'

/** A longer line is not buffered; see LineSplitter. */
export const MAX_LINE_BYTES = 1024 * 1024

export interface LineBlock {
  readonly lines: readonly RawLine[]
  /** Bytes read so far, of the input as it is stored. */
  readonly bytesRead: number
}

/**
 * The lines of a file, plain or gzip, or of standard input for `-`. Where the input breaks off, the whole lines before
 * are delivered; then LifecycleError `unreadable-file` names the file and the last of them.
 */
export async function* readLines(path: string): AsyncGenerator<LineBlock, void, undefined> {
  const splitter = new LineSplitter(MAX_LINE_BYTES)
  let bytesRead = 0
  try {
    for await (const chunk of readBytes(path)) {
      bytesRead = chunk.bytesRead
      yield { lines: splitter.push(chunk.bytes), bytesRead }
    }
  } catch (error) {
    throw unreadable(path, splitter.lineCount, error)
  }
  yield { lines: splitter.end(), bytesRead }
}

/** A failed read of `path`, after `lineCount` whole lines. */
function unreadable(path: string, lineCount: number, error: unknown): LifecycleError {
  if (error instanceof LifecycleError) return error
  const name = path === '-' ? 'standard input' : path
  const place = lineCount === 0 ? name : `${name} after line ${lineCount}`
  return new LifecycleError('unreadable-file', `Cannot read ${place}: ${stateOf(error)}`, { cause: error })
}

function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'Z_BUF_ERROR':
      return 'the gzip data breaks off'
    case 'Z_DATA_ERROR':
      return 'the gzip data is damaged'
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a folder'
    case 'EACCES':
      return 'it may not be read'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
