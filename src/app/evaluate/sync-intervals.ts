import type { SyncInterval } from './run-protocol.ts'

const NAMED: readonly SyncInterval[] = ['hour', 'day', 'never']

/** Intervals of a list such as `512,hour,day,never`. Throws RangeError. */
export function parseSyncs(list: string): SyncInterval[] {
  return list.split(',').map((part) => {
    const text = part.trim()
    const named = NAMED.find((name) => name === text)
    if (named !== undefined) return named
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw new RangeError(`Cannot use --sync ${text || 'nothing'}: write a number of examples, hour, day, or never`)
  })
}
