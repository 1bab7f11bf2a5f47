import type { Schema } from 'avsc'
import { openPython, revive } from './open-python.ts'

export interface FastavroItem {
  readonly schema: Schema
  readonly hex: string
  /** Schema and id of what it writes, where they are not those that it read with. */
  readonly rewriteWith?: Schema
  readonly rewriteId?: number
  /** Times as plain numbers: those of the distant future have no datetime. */
  readonly plainTimes?: boolean
}

export interface FastavroResult {
  readonly id: number
  readonly value: unknown
  /** The value as fastavro writes it. */
  readonly hex: string
}

export type Fastavro = (items: readonly FastavroItem[]) => Promise<readonly FastavroResult[]>

/** Another Avro implementation, in another language; null as openPython's. */
export function openFastavro(): Fastavro | null {
  const python = openPython(['fastavro'])
  if (!python) return null
  return async (items) => {
    const results = (await python('rewrite_with_fastavro.py', items)) as readonly FastavroResult[]
    return results.map(({ id, value, hex }) => ({ id, value: revive(value), hex }))
  }
}
