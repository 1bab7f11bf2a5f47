import { memoryUsage } from 'node:process'
import { tensorBytes } from '../tensor-backend.ts'

/** Parts of a process's memory, bytes. Array buffers are within external memory, and tensors of WebAssembly, too. */
export const MEMORY_PARTS = [
  'resident',
  'heap',
  'external',
  'array-buffers',
  'tensors',
  'leveldb',
  'log-batches',
] as const
export type MemoryPart = (typeof MEMORY_PARTS)[number]

/** What only the log and the stores know of. */
export interface HeldMemory {
  /** Block caches and write buffers of all open LevelDBs, as LevelDB puts them. */
  readonly levelBytes: number
  /** Batches that the embedded log keeps for readers close behind its end. */
  readonly batchBytes: number
}

export function memoryParts({ levelBytes, batchBytes }: HeldMemory): Readonly<Record<MemoryPart, number>> {
  const { rss, heapUsed, external, arrayBuffers } = memoryUsage()
  return {
    resident: rss,
    heap: heapUsed,
    external,
    'array-buffers': arrayBuffers,
    tensors: tensorBytes(),
    leveldb: levelBytes,
    'log-batches': batchBytes,
  }
}
