import { setImmediate } from 'node:timers/promises'

/** Records after which others get their turn: about a millisecond of decoding. */
const EVERY = 32

/** In a loop over records, with their index: lets what waits in the same process go first, now and then. */
export async function breathe(index: number): Promise<void> {
  if (index % EVERY === EVERY - 1) await setImmediate()
}
